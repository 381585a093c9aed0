"""Step 0005: submissions. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0004_tags_of_posts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Submission',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('author', fields.ForeignKeyField('fedcop.Actor', source_field='author_id', db_constraint=True, to_field='id', related_name='submissions', on_delete=OnDelete.CASCADE)),
                ('form', fields.CharField(max_length=64)),
                ('post', fields.ForeignKeyField('fedcop.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='submissions', on_delete=OnDelete.CASCADE)),
                ('sent_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'submission', 'app': 'fedcop', 'unique_together': (('author', 'form'),), 'indexes': [Index(fields=['post_id']), Index(fields=['sent_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
