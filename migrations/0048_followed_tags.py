"""Step 0048: followed tags. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0047_communities_out_of_home')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FollowedTag',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='followed_tags', on_delete=OnDelete.CASCADE)),
                ('tag', fields.CharField(max_length=60)),
                ('followed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'followed_tag', 'app': 'fedcop', 'unique_together': (('actor', 'tag'),), 'indexes': [Index(fields=['tag'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
