"""Step 0071: servers that come back. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

from fedcop.core.migration_steps import Script

# Whoever sleeps already is looked at before anything goes there again.
SILENT = """UPDATE server SET silent_since = (SELECT MIN(d.failing_since) FROM destination d
    WHERE d.host = server.host AND d.dormant_since IS NOT NULL);"""


class Migration(migrations.Migration):
    dependencies = [('fedcop', '0070_follows_and_authors')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Community',
            name='doubted_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Server',
            name='doubted_since',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Server',
            name='silent_since',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        Script(sqlite=SILENT, postgres=SILENT),
    ]
