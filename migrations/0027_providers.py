"""Step 0027: providers. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0026_anonymised_posts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Identity',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='identities', on_delete=OnDelete.CASCADE)),
                ('issuer', fields.CharField(max_length=300)),
                ('subject', fields.CharField(max_length=255)),
                ('label', fields.CharField(max_length=60)),
                ('shown_as', fields.CharField(default='', max_length=254)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sign_in_identity', 'app': 'fedcop', 'unique_together': (('issuer', 'subject'), ('account', 'issuer')), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Provider',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('issuer', fields.CharField(max_length=300)),
                ('client_id', fields.CharField(max_length=300)),
                ('secret', fields.CharField(default='', max_length=500)),
                ('label', fields.CharField(max_length=60)),
                ('shown', fields.BooleanField(default=True)),
                ('lets_in', fields.BooleanField(default=False)),
                ('trusts_email', fields.BooleanField(default=False)),
                ('domains', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('document', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('checked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('problem', fields.CharField(default='', max_length=300)),
            ],
            options={'table': 'sign_in_provider', 'app': 'fedcop', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
