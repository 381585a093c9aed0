"""Step 0008: suspensions. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0007_alliances')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Ban',
            name='kind',
            field=fields.CharField(default='ban', db_default='ban', max_length=12),
        ),
    ]
