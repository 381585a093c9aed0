"""Step 0076: what ours wrote. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.indexes import IndexOfSome

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0075_domains_of_strangers')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Post',
            index=IndexOfSome(fields=['root_id', 'author_id'], name='idx_post_ours', where="local AND deleted_at IS NULL AND state = 'visible'"),
        ),
    ]
