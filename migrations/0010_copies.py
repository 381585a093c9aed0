"""Step 0010: copies. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0009_admissions')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Erasure',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('uri', fields.CharField(unique=True, max_length=2048)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='erasures', on_delete=OnDelete.CASCADE)),
                ('host', fields.CharField(max_length=260)),
                ('state', fields.CharField(default='asked', max_length=10)),
                ('tries', fields.IntField(default=0)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_asked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'erasure', 'app': 'fedcop', 'unique_together': (('community', 'host'),), 'indexes': [Index(fields=['state', 'last_asked_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='HeldCopy',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('post_id', fields.BigIntField()),
                ('community_id', fields.BigIntField(null=True)),
                ('host', fields.CharField(max_length=260)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('told_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'held_copy', 'app': 'fedcop', 'unique_together': (('post_id', 'host'),), 'indexes': [Index(fields=['community_id', 'host'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='OutgoingActivity',
            name='effect',
            field=fields.CharField(default='', db_default='', max_length=8),
        ),
    ]
