"""Step 0074: earlier versions. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0073_rooms_of_the_engine')]

    initial = False

    operations = [
        ops.AddField(
            model_name='ResourceVersion',
            name='audience',
            field=fields.CharField(default='', db_default='', max_length=12),
        ),
    ]
