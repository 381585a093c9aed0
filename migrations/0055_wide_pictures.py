"""Step 0055: wide pictures. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0054_bells')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Actor',
            name='header_media_id',
            field=fields.BigIntField(null=True),
        ),
    ]
