"""Step 0054: bells. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0053_personal_notes')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Follow',
            name='bell',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Membership',
            name='bell',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
