"""Step 0024: looks of communities. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0023_digests')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Community',
            name='accent',
            field=fields.CharField(default='', db_default='', max_length=7),
        ),
        ops.AddField(
            model_name='Community',
            name='sponsor',
            field=fields.TextField(default='', db_default='', unique=False),
        ),
    ]
