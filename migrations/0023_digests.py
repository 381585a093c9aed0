"""Step 0023: digests. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

from fedcop.core.migration_steps import Script

# Everybody who is here gets a plan. That moment is nobody's hour: what finds it first only works out the real one.
PLANS = """
INSERT INTO digest_plan (id, account_id, weekday, hour, next_at)
SELECT id, id, 1, 8, '2026-01-01 00:07:00+00:00' FROM account;
"""

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0022_second_step')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Plan',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.OneToOneField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='digest_plan', on_delete=OnDelete.CASCADE)),
                ('weekday', fields.SmallIntField(default=1)),
                ('hour', fields.SmallIntField(default=8)),
                ('next_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'digest_plan', 'app': 'fedcop', 'indexes': [Index(fields=['next_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Rhythm',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='rhythms', on_delete=OnDelete.CASCADE)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='rhythms', on_delete=OnDelete.CASCADE)),
                ('rhythm', fields.CharField(max_length=10)),
                ('chosen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'digest_rhythm', 'app': 'fedcop', 'unique_together': (('account', 'community'),), 'indexes': [Index(fields=['community_id', 'rhythm'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Sent',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='digests', on_delete=OnDelete.CASCADE)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='digests', on_delete=OnDelete.CASCADE)),
                ('period', fields.CharField(max_length=12)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'digest_sent', 'app': 'fedcop', 'unique_together': (('account', 'community', 'period'),), 'indexes': [Index(fields=['sent_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Told',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='told_posts', on_delete=OnDelete.CASCADE)),
                ('post_id', fields.BigIntField()),
                ('sent_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'digest_told', 'app': 'fedcop', 'unique_together': (('account', 'post_id'),), 'indexes': [Index(fields=['sent_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddIndex(
            model_name='Reaction',
            index=Index(fields=['created_at']),
        ),
        Script(sqlite=PLANS, postgres=PLANS),
    ]
