"""Step 0033: threads shown elsewhere. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0032_versions_in_languages')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Showing',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('post', fields.ForeignKeyField('fedcop.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='showings', on_delete=OnDelete.CASCADE)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='showings', on_delete=OnDelete.CASCADE)),
                ('uri', fields.CharField(default='', max_length=2048)),
                ('shown_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'showing', 'app': 'fedcop', 'unique_together': (('post', 'community'),), 'indexes': [Index(fields=['community_id']), Index(fields=['uri'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
