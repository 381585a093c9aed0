"""Step 0011: roles and mandates. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index
from fedcop.core.migration_steps import Script

WHO_WAS = """
UPDATE membership SET role = 'president' WHERE role = 'responsible';
UPDATE membership SET role = 'committee', duties = 'admissions moderation' WHERE role = 'moderator';
UPDATE moderation_act SET reason = 'president' WHERE act = 'appoint' AND reason = 'responsible';
UPDATE moderation_act SET reason = 'committee' WHERE act = 'appoint' AND reason = 'moderator';
"""

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0010_copies')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Membership',
            name='duties',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
        ops.AddField(
            model_name='Membership',
            name='field',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
        ops.AddField(
            model_name='Membership',
            name='until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Membership',
            name='warned_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Membership',
            index=Index(fields=['until']),
        ),
        Script(sqlite=WHO_WAS, postgres=WHO_WAS),
    ]
