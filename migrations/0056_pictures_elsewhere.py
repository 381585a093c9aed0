"""Step 0056: pictures elsewhere. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0055_wide_pictures')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Actor',
            name='header_url',
            field=fields.CharField(default='', db_default='', max_length=2048),
        ),
    ]
