"""Step 0057: shown on profiles. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0056_pictures_elsewhere')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Recommendation',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='recommendations', on_delete=OnDelete.CASCADE)),
                ('target', fields.ForeignKeyField('fedcop.Actor', source_field='target_id', db_constraint=True, to_field='id', related_name='recommended_by', on_delete=OnDelete.CASCADE)),
                ('follow', fields.ForeignKeyField('fedcop.Follow', source_field='follow_id', null=True, db_constraint=True, to_field='id', related_name='recommendations', on_delete=OnDelete.CASCADE)),
                ('membership', fields.ForeignKeyField('fedcop.Membership', source_field='membership_id', null=True, db_constraint=True, to_field='id', related_name='recommendations', on_delete=OnDelete.CASCADE)),
                ('shown_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'recommendation', 'app': 'fedcop', 'unique_together': (('actor', 'target'),), 'indexes': [Index(fields=['target_id']), Index(fields=['follow_id']), Index(fields=['membership_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ShownTag',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('actor', fields.ForeignKeyField('fedcop.Actor', source_field='actor_id', db_constraint=True, to_field='id', related_name='shown_tags', on_delete=OnDelete.CASCADE)),
                ('tag', fields.CharField(max_length=60)),
                ('shown_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'shown_tag', 'app': 'fedcop', 'unique_together': (('actor', 'tag'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Actor',
            name='featured_tags_uri',
            field=fields.CharField(default='', db_default='', max_length=2048),
        ),
    ]
