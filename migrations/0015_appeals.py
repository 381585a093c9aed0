"""Step 0015: appeals. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0014_charters')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Appeal',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('uri', fields.CharField(unique=True, max_length=2048)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='appeals', on_delete=OnDelete.CASCADE)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='appeals', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=12)),
                ('decision', fields.CharField(unique=True, max_length=80)),
                ('reason', fields.TextField(default='', unique=False)),
                ('first_by_id', fields.BigIntField(null=True)),
                ('post_id', fields.BigIntField(null=True)),
                ('text', fields.TextField(unique=False)),
                ('state', fields.CharField(default='made', max_length=10)),
                ('sentence', fields.TextField(default='', unique=False)),
                ('decided_by', fields.ForeignKeyField('fedcop.Actor', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name='appeals_decided', on_delete=OnDelete.SET_NULL)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'appeal', 'app': 'fedcop', 'indexes': [Index(fields=['community_id', 'state', 'id']), Index(fields=['actor_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
