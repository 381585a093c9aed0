"""Step 0060: quotes. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0059_posters')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Quote',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('uri', fields.CharField(unique=True, max_length=2048)),
                ('post', fields.OneToOneField('fedcop.Post', source_field='post_id', null=True, db_constraint=True, to_field='id', related_name='quote', on_delete=OnDelete.CASCADE)),
                ('author', fields.ForeignKeyField('fedcop.Actor', source_field='author_id', db_constraint=True, to_field='id', related_name='quotes', on_delete=OnDelete.CASCADE)),
                ('quoted_uri', fields.CharField(max_length=2048)),
                ('quoted', fields.ForeignKeyField('fedcop.Post', source_field='quoted_id', null=True, db_constraint=True, to_field='id', related_name='quoted_in', on_delete=OnDelete.SET_NULL)),
                ('quoted_author', fields.ForeignKeyField('fedcop.Actor', source_field='quoted_author_id', null=True, db_constraint=True, to_field='id', related_name='quoted_in', on_delete=OnDelete.SET_NULL)),
                ('state', fields.CharField(default='pending', max_length=10)),
                ('stamp_uri', fields.CharField(default='', max_length=2048)),
                ('request_uri', fields.CharField(default='', max_length=2048)),
                ('excerpt', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('checked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'quote', 'app': 'fedcop', 'indexes': [Index(fields=['quoted_id', 'state', 'id']), Index(fields=['quoted_uri']), Index(fields=['stamp_uri']), Index(fields=['request_uri']), Index(fields=['author_id']), Index(fields=['quoted_author_id']), Index(fields=['state', 'checked_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Post',
            name='has_quote',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Post',
            name='quote_policy',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
        ops.AddField(
            model_name='Post',
            name='quotes_count',
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
