"""Step 0043: sign ups in apps. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0042_push_for_apps')]

    initial = False

    operations = [
        ops.AddField(
            model_name='AppToken',
            name='sign_up_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddIndex(
            model_name='AppToken',
            index=Index(fields=['sign_up_id']),
        ),
    ]
