"""Step 0031: lists of members. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0030_letterbox')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ListHeading',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('heading', fields.CharField(unique=True, max_length=100)),
                ('means', fields.CharField(max_length=20)),
            ],
            options={'table': 'list_heading', 'app': 'fedcop', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Listed',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('email', fields.CharField(unique=True, max_length=254)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', null=True, db_constraint=True, to_field='id', related_name='listed', on_delete=OnDelete.SET_NULL)),
                ('name', fields.CharField(default='', max_length=100)),
                ('said', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('invited_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('listed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ends_by_id', fields.BigIntField(null=True)),
            ],
            options={'table': 'listed', 'app': 'fedcop', 'indexes': [Index(fields=['account_id']), Index(fields=['ends_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UploadedList',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('by', fields.OneToOneField('fedcop.Account', source_field='by_id', db_constraint=True, to_field='id', related_name='uploaded_list', on_delete=OnDelete.CASCADE)),
                ('text', fields.TextField(unique=False)),
                ('uploaded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'uploaded_list', 'app': 'fedcop', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
