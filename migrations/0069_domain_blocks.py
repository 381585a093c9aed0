"""Step 0069: domain blocks. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0068_signed_in_as_community')]

    initial = False

    operations = [
        ops.CreateModel(
            name='DomainBlock',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='domain_blocks', on_delete=OnDelete.CASCADE)),
                ('host', fields.CharField(max_length=260)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'domain_block', 'app': 'fedcop', 'unique_together': (('actor', 'host'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
