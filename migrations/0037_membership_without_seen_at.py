"""Step 0037: membership without seen at. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from fedcop.core.migration_steps import DropField


class Migration(migrations.Migration):
    dependencies = [("fedcop", "0036_addresses_for_posts")]

    initial = False

    operations = [
        DropField(model_name="Membership", name="seen_at"),
    ]
