"""Step 0070: follows and authors. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0069_domain_blocks')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Actor',
            name='attribution_domains',
            field=fields.TextField(default='', db_default='', unique=False),
        ),
        ops.AddField(
            model_name='Actor',
            name='hides_follows',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
