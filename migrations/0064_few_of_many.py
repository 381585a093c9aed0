"""Step 0064: few of many. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.indexes import IndexOfSome

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0063_quotes_of_a_few')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Post',
            index=IndexOfSome(fields=['community_id', 'id'], name='idx_post_held', where="state = 'held'"),
        ),
        ops.AddIndex(
            model_name='Post',
            index=IndexOfSome(fields=['community_id', 'pinned_at'], name='idx_post_pinned', where='pinned_at IS NOT NULL'),
        ),
    ]
