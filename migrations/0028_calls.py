"""Step 0028: calls. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0027_providers')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Call',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('post', fields.OneToOneField('fedcop.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='call', on_delete=OnDelete.CASCADE)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='calls', on_delete=OnDelete.CASCADE)),
                ('segment', fields.CharField(max_length=280)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'call', 'app': 'fedcop', 'indexes': [Index(fields=['community_id', 'made_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CallRefusal',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='call_refusals', on_delete=OnDelete.CASCADE)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='call_refusals', on_delete=OnDelete.CASCADE)),
                ('refused_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'call_refusal', 'app': 'fedcop', 'unique_together': (('account', 'community'),), 'indexes': [Index(fields=['community_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Community',
            name='calls_a_month',
            field=fields.SmallIntField(default=2, db_default=2),
        ),
    ]
