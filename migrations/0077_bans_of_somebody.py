"""Step 0077: bans of somebody. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0076_what_ours_wrote')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Ban',
            index=Index(fields=['actor_id']),
        ),
    ]
