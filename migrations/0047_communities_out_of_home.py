"""Step 0047: communities out of home. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0046_pictures_before_they_are_there')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Follow',
            name='in_home',
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name='Membership',
            name='in_home',
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name='Membership',
            name='list_hidden',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Membership',
            name='list_replies',
            field=fields.CharField(default='none', db_default='none', max_length=8),
        ),
        ops.AddField(
            model_name='Membership',
            name='list_title',
            field=fields.CharField(default='', db_default='', max_length=100),
        ),
    ]
