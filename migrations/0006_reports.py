"""Step 0006: reports. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0005_submissions')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Report',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('uri', fields.CharField(unique=True, max_length=2048)),
                ('carried_uri', fields.CharField(default='', max_length=2048)),
                ('reporter', fields.ForeignKeyField('fedcop.Actor', source_field='reporter_id', db_constraint=True, to_field='id', related_name='reports_made', on_delete=OnDelete.CASCADE)),
                ('target', fields.ForeignKeyField('fedcop.Actor', source_field='target_id', db_constraint=True, to_field='id', related_name='reports_about', on_delete=OnDelete.CASCADE)),
                ('post_id', fields.BigIntField(null=True)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', null=True, db_constraint=True, to_field='id', related_name='reports', on_delete=OnDelete.CASCADE)),
                ('recipient', fields.CharField(max_length=12)),
                ('comment', fields.TextField(default='', unique=False)),
                ('state', fields.CharField(default='open', max_length=10)),
                ('decided_by', fields.ForeignKeyField('fedcop.Actor', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name='reports_decided', on_delete=OnDelete.SET_NULL)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('sentence', fields.TextField(default='', unique=False)),
                ('passed_on_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('unique_key', fields.CharField(unique=True, max_length=160)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'report', 'app': 'fedcop', 'indexes': [Index(fields=['community_id', 'state', 'id']), Index(fields=['recipient', 'state', 'id']), Index(fields=['reporter_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
