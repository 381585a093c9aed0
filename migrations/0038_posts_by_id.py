"""Step 0038: posts by id. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0037_membership_without_seen_at')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Post',
            index=Index(fields=['community_id', 'depth', 'id']),
        ),
        ops.AddIndex(
            model_name='Post',
            index=Index(fields=['depth', 'id']),
        ),
    ]
