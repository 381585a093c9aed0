"""Step 0051: mutes that end. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0050_films_and_sounds')]

    initial = False

    operations = [
        ops.CreateModel(
            name='QuietThread',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('fedcop.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='quiet_threads', on_delete=OnDelete.CASCADE)),
                ('root_id', fields.BigIntField()),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'quiet_thread', 'app': 'fedcop', 'unique_together': (('account', 'root_id'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Mute',
            name='ends_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Mute',
            name='notifications',
            field=fields.BooleanField(default=True, db_default=True),
        ),
    ]
