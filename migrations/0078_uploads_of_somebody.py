"""Step 0078: uploads of somebody. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.indexes import IndexOfSome

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0077_bans_of_somebody')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Media',
            index=IndexOfSome(fields=['owner_id'], name='idx_media_uploads', where='local'),
        ),
    ]
