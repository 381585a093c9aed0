"""Step 0012: invitations. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0011_roles_and_mandates')]

    initial = False

    operations = [
        ops.CreateModel(
            name='InvitationLink',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='invitation_links', on_delete=OnDelete.CASCADE)),
                ('by', fields.ForeignKeyField('fedcop.Actor', source_field='by_id', null=True, db_constraint=True, to_field='id', related_name='invitation_links', on_delete=OnDelete.SET_NULL)),
                ('code', fields.CharField(max_length=64)),
                ('kind', fields.CharField(max_length=10)),
                ('why', fields.CharField(default='', max_length=300)),
                ('used', fields.IntField(default=0)),
                ('uses_left', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('email', fields.CharField(default='', max_length=254)),
                ('name', fields.CharField(default='', max_length=100)),
                ('language', fields.CharField(default='', max_length=10)),
                ('letters', fields.IntField(default=0)),
                ('written_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'invitation_link', 'app': 'fedcop', 'unique_together': (('community', 'code'),), 'indexes': [Index(fields=['community_id', 'expires_at']), Index(fields=['by_id', 'written_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='LinkOpening',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('link', fields.ForeignKeyField('fedcop.InvitationLink', source_field='link_id', db_constraint=True, to_field='id', related_name='openings', on_delete=OnDelete.CASCADE)),
                ('host', fields.CharField(max_length=255)),
            ],
            options={'table': 'link_opening', 'app': 'fedcop', 'unique_together': (('link', 'host'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='SignUp',
            name='next',
            field=fields.CharField(default='', db_default='', max_length=300),
        ),
    ]
