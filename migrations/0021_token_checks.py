"""Step 0021: token checks. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0020_words_of_jobs')]

    initial = False

    operations = [
        ops.CreateModel(
            name='TokenCheck',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('community', fields.ForeignKeyField('fedcop.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='token_checks', on_delete=OnDelete.CASCADE)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='token_checks', on_delete=OnDelete.CASCADE)),
                ('holds', fields.BooleanField()),
                ('checked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'token_check', 'app': 'fedcop', 'unique_together': (('community', 'actor'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
