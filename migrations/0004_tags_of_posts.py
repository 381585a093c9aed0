"""Step 0004: tags of posts. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0003_threads_by_date')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PostTag',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('post', fields.ForeignKeyField('fedcop.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='tagged', on_delete=OnDelete.CASCADE)),
                ('tag', fields.CharField(max_length=60)),
            ],
            options={'table': 'post_tag', 'app': 'fedcop', 'unique_together': (('tag', 'post'),), 'indexes': [Index(fields=['post_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
