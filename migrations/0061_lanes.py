"""Step 0061: lanes. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0060_quotes')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Job',
            index=Index(fields=['lane', 'failed_at', 'due_at']),
        ),
    ]
