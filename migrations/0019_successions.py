"""Step 0019: successions. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0018_participation')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Succession',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('mother', fields.ForeignKeyField('fedcop.Community', source_field='mother_id', db_constraint=True, to_field='id', related_name='successions', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=8)),
                ('state', fields.CharField(max_length=10)),
                ('by_id', fields.BigIntField()),
                ('agreed_by_id', fields.BigIntField(null=True)),
                ('days', fields.IntField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('invited_to', fields.BigIntField(default=0)),
            ],
            options={'table': 'succession', 'app': 'fedcop', 'indexes': [Index(fields=['mother_id', 'state']), Index(fields=['state', 'ends_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Heir',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('succession', fields.ForeignKeyField('fedcop.Succession', source_field='succession_id', db_constraint=True, to_field='id', related_name='heirs', on_delete=OnDelete.CASCADE)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='inheritances', on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
                ('tags', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('takes_rest', fields.BooleanField(default=False)),
            ],
            options={'table': 'heir', 'app': 'fedcop', 'unique_together': (('succession', 'community'),), 'indexes': [Index(fields=['community_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Community',
            name='heirs',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
    ]
