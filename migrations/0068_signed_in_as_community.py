"""Step 0068: signed in as community. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0067_members_by_id')]

    initial = False

    operations = [
        ops.AddField(
            model_name='AppCode',
            name='acts_as',
            field=fields.ForeignKeyField('fedcop.Actor', source_field='acts_as_id', null=True, db_constraint=True, to_field='id', related_name='app_codes', on_delete=OnDelete.CASCADE),
        ),
        ops.AddField(
            model_name='AppToken',
            name='acts_as',
            field=fields.ForeignKeyField('fedcop.Actor', source_field='acts_as_id', null=True, db_constraint=True, to_field='id', related_name='app_tokens', on_delete=OnDelete.CASCADE),
        ),
        ops.AddField(
            model_name='AppToken',
            name='marks',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddIndex(
            model_name='AppToken',
            index=Index(fields=['acts_as_id']),
        ),
    ]
