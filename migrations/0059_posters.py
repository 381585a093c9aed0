"""Step 0059: posters. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0058_languages_of_follows')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Media',
            name='has_poster',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
