"""Step 0035: apps. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0034_paused_servers')]

    initial = False

    operations = [
        ops.CreateModel(
            name='App',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('client_id', fields.CharField(unique=True, max_length=64)),
                ('secret_hash', fields.CharField(max_length=64)),
                ('name', fields.CharField(max_length=100)),
                ('website', fields.CharField(default='', max_length=2048)),
                ('redirect_uris', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('scopes', fields.CharField(max_length=1000)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'app', 'app': 'fedcop', 'indexes': [Index(fields=['created_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AppCode',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('app', fields.ForeignKeyField('fedcop.App', source_field='app_id', db_constraint=True, to_field='id', related_name='codes', on_delete=OnDelete.CASCADE)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='app_codes', on_delete=OnDelete.CASCADE)),
                ('code_hash', fields.CharField(unique=True, max_length=64)),
                ('scopes', fields.CharField(max_length=1000)),
                ('redirect_uri', fields.CharField(max_length=2048)),
                ('challenge', fields.CharField(default='', max_length=128)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'app_code', 'app': 'fedcop', 'indexes': [Index(fields=['account_id', 'app_id']), Index(fields=['expires_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AppToken',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('app', fields.ForeignKeyField('fedcop.App', source_field='app_id', db_constraint=True, to_field='id', related_name='tokens', on_delete=OnDelete.CASCADE)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', null=True, db_constraint=True, to_field='id', related_name='app_tokens', on_delete=OnDelete.CASCADE)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('scopes', fields.CharField(max_length=1000)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'app_token', 'app': 'fedcop', 'indexes': [Index(fields=['account_id']), Index(fields=['app_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ReadingMark',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='reading_marks', on_delete=OnDelete.CASCADE)),
                ('timeline', fields.CharField(max_length=20)),
                ('last_read_id', fields.BigIntField()),
                ('version', fields.IntField(default=1)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reading_mark', 'app': 'fedcop', 'unique_together': (('account', 'timeline'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
