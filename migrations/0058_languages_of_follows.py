"""Step 0058: languages of follows. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0057_shown_on_profiles')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Follow',
            name='languages',
            field=fields.CharField(default='', db_default='', max_length=200),
        ),
        ops.AddField(
            model_name='Membership',
            name='languages',
            field=fields.CharField(default='', db_default='', max_length=200),
        ),
    ]
