"""Step 0063: quotes of a few. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0062_remote_media_use')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Quote',
            name='is_public',
            field=fields.BooleanField(default=True, db_default=True),
        ),
    ]
