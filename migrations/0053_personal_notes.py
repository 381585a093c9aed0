"""Step 0053: personal notes. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0052_filters')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PersonalNote',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='notes_out', on_delete=OnDelete.CASCADE)),
                ('target', fields.ForeignKeyField('fedcop.Actor', source_field='target_id', db_constraint=True, to_field='id', related_name='notes_in', on_delete=OnDelete.CASCADE)),
                ('text', fields.TextField(unique=False)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'personal_note', 'app': 'fedcop', 'unique_together': (('actor', 'target'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
