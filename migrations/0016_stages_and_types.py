"""Step 0016: stages and types. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0015_appeals')]

    initial = False

    operations = [
        ops.CreateModel(
            name='OpeningNotice',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='opening_notices', on_delete=OnDelete.CASCADE)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='opening_notices', on_delete=OnDelete.CASCADE)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'opening_notice', 'app': 'fedcop', 'unique_together': (('community', 'actor'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Community',
            name='launch_date',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Community',
            name='stage',
            field=fields.CharField(default='active', db_default='active', max_length=10),
        ),
        ops.AddField(
            model_name='Community',
            name='tabs',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
    ]
