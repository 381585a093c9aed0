"""Step 0045: bookmarks. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0044_polls')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Bookmark',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='bookmarks', on_delete=OnDelete.CASCADE)),
                ('post', fields.ForeignKeyField('fedcop.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='bookmarks', on_delete=OnDelete.CASCADE)),
                ('kept_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bookmark', 'app': 'fedcop', 'unique_together': (('actor', 'post'),), 'indexes': [Index(fields=['post_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
