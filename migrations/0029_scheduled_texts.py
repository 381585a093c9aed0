"""Step 0029: scheduled texts. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0028_calls')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Draft',
            name='community_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Draft',
            name='due_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Draft',
            name='trouble',
            field=fields.TextField(default='', db_default='', unique=False),
        ),
        ops.AddField(
            model_name='Media',
            name='kept_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
