"""Step 0017: audiences. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from fedcop.core.migration_steps import Script

AS_THEIR_POSTS = "UPDATE revision SET audience = (SELECT audience FROM post WHERE post.id = revision.post_id);"

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0016_stages_and_types')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Media',
            name='organisation',
            field=fields.CharField(default='', db_default='', max_length=260),
        ),
        ops.AddField(
            model_name='Post',
            name='audience_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Post',
            name='organisation',
            field=fields.CharField(default='', db_default='', max_length=260),
        ),
        ops.AddField(
            model_name='Revision',
            name='audience',
            field=fields.CharField(default='public', db_default='public', max_length=12),
        ),
        ops.AddField(
            model_name='SearchEntry',
            name='organisation',
            field=fields.CharField(default='', db_default='', max_length=260),
        ),
        Script(sqlite=AS_THEIR_POSTS, postgres=AS_THEIR_POSTS),
    ]
