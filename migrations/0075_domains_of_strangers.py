"""Step 0075: domains of strangers. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.indexes import IndexOfSome
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0074_earlier_versions')]

    initial = False

    operations = [
        ops.AddField(
            model_name='InboxItem',
            name='domain',
            field=fields.CharField(default='', db_default='', max_length=260),
        ),
        ops.AddIndex(
            model_name='InboxItem',
            index=IndexOfSome(fields=['domain', 'host'], name='idx_inbox_item_unproven', where="NOT genuine AND finished_at IS NULL"),
        ),
    ]
