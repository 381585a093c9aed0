"""Step 0050: films and sounds. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0049_personal_lists')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Media',
            name='bit_rate',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Media',
            name='captions',
            field=fields.TextField(default='', db_default='', unique=False),
        ),
        ops.AddField(
            model_name='Media',
            name='duration',
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name='Media',
            name='frame_rate',
            field=fields.CharField(default='', db_default='', max_length=20),
        ),
        ops.AddField(
            model_name='Media',
            name='is_silent',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
