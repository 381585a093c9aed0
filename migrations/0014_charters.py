"""Step 0014: charters. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from fedcop.core.migration_steps import DropField, Script

WHAT_WAS = """
INSERT INTO charter_version (id, community_id, number, may, may_not, expected, text, changed, binding, by_id, created_at)
SELECT id, id, 1, '[]', '[]', '', charter, '', TRUE, NULL, created_at FROM community WHERE charter <> '';
UPDATE community SET charter_version = 1, charter_binding = 1 WHERE charter <> '';
UPDATE membership SET charter_accepted = 1
WHERE state <> 'invited' AND community_id IN (SELECT id FROM community WHERE charter <> '');
"""

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0013_first_posts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CharterVersion',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='charter_versions', on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('may', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('may_not', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('expected', fields.CharField(default='', max_length=300)),
                ('text', fields.TextField(default='', unique=False)),
                ('changed', fields.CharField(default='', max_length=300)),
                ('binding', fields.BooleanField(default=False)),
                ('by_id', fields.BigIntField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'charter_version', 'app': 'fedcop', 'unique_together': (('community', 'number'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Community',
            name='charter_binding',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Community',
            name='charter_version',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Membership',
            name='charter_accepted',
            field=fields.IntField(default=0, db_default=0),
        ),
        Script(sqlite=WHAT_WAS, postgres=WHAT_WAS),
        DropField(model_name='Community', name='charter'),
    ]
