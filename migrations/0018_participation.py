"""Step 0018: participation. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0017_audiences')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Community',
            name='participation_count',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Community',
            name='participation_months',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Membership',
            name='reminded_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Membership',
            name='unreminded',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
