"""Step 0046: pictures before they are there. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0045_bookmarks')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Media',
            name='blurhash',
            field=fields.CharField(default='', db_default='', max_length=166),
        ),
        ops.AddField(
            model_name='Media',
            name='focus_x',
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name='Media',
            name='focus_y',
            field=fields.FloatField(null=True),
        ),
    ]
