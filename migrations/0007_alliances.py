"""Step 0007: alliances. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0006_reports')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Alliance',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('uri', fields.CharField(unique=True, max_length=2048)),
                ('host', fields.CharField(max_length=260)),
                ('ours', fields.BooleanField()),
                ('state', fields.CharField(default='proposed', max_length=10)),
                ('shares_public', fields.BooleanField(default=True)),
                ('shares_directory', fields.BooleanField(default=False)),
                ('communities', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('from_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('signed_by', fields.CharField(max_length=200)),
                ('data_at', fields.CharField(max_length=500)),
                ('answer_signed_by', fields.CharField(default='', max_length=200)),
                ('answer_data_at', fields.CharField(default='', max_length=500)),
                ('assessment', fields.TextField(default='', unique=False)),
                ('reason', fields.TextField(default='', unique=False)),
                ('ended_by', fields.CharField(default='', max_length=10)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'alliance', 'app': 'fedcop', 'indexes': [Index(fields=['host', 'state']), Index(fields=['state', 'until_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
