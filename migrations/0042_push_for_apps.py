"""Step 0042: push for apps. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0041_codes_of_tokens')]

    initial = False

    operations = [
        ops.AddField(
            model_name='PushSubscription',
            name='token',
            field=fields.ForeignKeyField('fedcop.AppToken', source_field='token_id', null=True, db_constraint=True, to_field='id', related_name='push_subscriptions', on_delete=OnDelete.CASCADE),
        ),
        ops.AddField(
            model_name='PushSubscription',
            name='known_by',
            field=fields.CharField(default='', db_default='', max_length=200),
        ),
        ops.AddField(
            model_name='PushSubscription',
            name='policy',
            field=fields.CharField(default='all', db_default='all', max_length=10),
        ),
        ops.AddIndex(
            model_name='PushSubscription',
            index=Index(fields=['token_id']),
        ),
    ]
