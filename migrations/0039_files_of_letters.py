"""Step 0039: files of letters. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0038_posts_by_id')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BroughtFile',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('post', fields.ForeignKeyField('fedcop.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='brought_files', on_delete=OnDelete.CASCADE)),
                ('media', fields.OneToOneField('fedcop.Media', source_field='media_id', db_constraint=True, to_field='id', related_name='brought', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'brought_file', 'app': 'fedcop', 'indexes': [Index(fields=['post_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
