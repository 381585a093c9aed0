"""Step 0041: codes of tokens. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0040_push_subscriptions')]

    initial = False

    operations = [
        ops.AddField(
            model_name='AppToken',
            name='code_hash',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddIndex(
            model_name='AppToken',
            index=Index(fields=['code_hash']),
        ),
    ]
