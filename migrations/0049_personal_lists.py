"""Step 0049: personal lists. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0048_followed_tags')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PersonalList',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('owner', fields.ForeignKeyField('fedcop.Actor', source_field='owner_id', db_constraint=True, to_field='id', related_name='personal_lists', on_delete=OnDelete.CASCADE)),
                ('title', fields.CharField(max_length=100)),
                ('replies', fields.CharField(max_length=8)),
                ('exclusive', fields.BooleanField(default=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'personal_list', 'app': 'fedcop', 'indexes': [Index(fields=['owner_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ListEntry',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('list', fields.ForeignKeyField('fedcop.PersonalList', source_field='list_id', db_constraint=True, to_field='id', related_name='entries', on_delete=OnDelete.CASCADE)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='list_entries', on_delete=OnDelete.CASCADE)),
                ('follow', fields.ForeignKeyField('fedcop.Follow', source_field='follow_id', null=True, db_constraint=True, to_field='id', related_name='list_entries', on_delete=OnDelete.CASCADE)),
                ('membership', fields.ForeignKeyField('fedcop.Membership', source_field='membership_id', null=True, db_constraint=True, to_field='id', related_name='list_entries', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'list_entry', 'app': 'fedcop', 'unique_together': (('list', 'actor'),), 'indexes': [Index(fields=['actor_id']), Index(fields=['follow_id']), Index(fields=['membership_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
