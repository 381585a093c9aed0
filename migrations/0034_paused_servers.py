"""Step 0034: paused servers. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0033_threads_shown_elsewhere')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Server',
            name='paused_since',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
