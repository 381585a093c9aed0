"""Step 0009: admissions. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0008_suspensions')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AdmissionStep',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='admission_steps', on_delete=OnDelete.CASCADE)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='admission_steps', on_delete=OnDelete.CASCADE)),
                ('by_id', fields.BigIntField(null=True)),
                ('kind', fields.CharField(max_length=20)),
                ('text', fields.TextField(default='', unique=False)),
                ('detail', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'admission_step', 'app': 'fedcop', 'indexes': [Index(fields=['community_id', 'actor_id', 'id']), Index(fields=['actor_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Community',
            name='answer_hours',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Community',
            name='capacity',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Community',
            name='questions',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Membership',
            name='entitled',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
