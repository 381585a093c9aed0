"""Step 0013: first posts. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0012_invitations')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Community',
            name='holds',
            field=fields.CharField(default='none', db_default='none', max_length=8),
        ),
    ]
