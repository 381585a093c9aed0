"""Step 0036: addresses for posts. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0035_apps')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PostingAddress',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='posting_addresses', on_delete=OnDelete.CASCADE)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='posting_addresses', on_delete=OnDelete.CASCADE)),
                ('serial', fields.IntField(default=1)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'posting_address', 'app': 'fedcop', 'unique_together': (('account', 'community'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddIndex(
            model_name='ReceivedLetter',
            index=Index(fields=['account_id', 'received_at']),
        ),
    ]
