"""Step 0072: what is set aside. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.indexes import IndexOfSome

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0071_servers_that_come_back')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Notification',
            index=IndexOfSome(fields=['account_id', 'kind', 'root_id', 'community_id', 'from_actor_id'], name='idx_notification_unread', where='read_at IS NULL AND NOT filtered'),
        ),
        ops.AddIndex(
            model_name='Notification',
            index=IndexOfSome(fields=['account_id', 'from_actor_id', 'post_id', 'id'], name='idx_notification_filtered', where='filtered'),
        ),
    ]
