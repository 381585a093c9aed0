"""Step 0020: words of jobs. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from fedcop.core.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from fedcop.core.migration_steps import Script

LETTERS = "name = 'fedcop.core.mail:deliver_mail'"
SQLITE = f"""
INSERT INTO job_words (id, job_id, words)
SELECT id, id, json_object('letter', json_extract(payload, '$.with') || '') FROM job WHERE {LETTERS};
UPDATE job SET payload = '{{"with":{{}},"words":true}}' WHERE {LETTERS};
"""
POSTGRES = f"""
INSERT INTO job_words (id, job_id, words)
SELECT id, id, jsonb_build_object('letter', (payload->'with')::text) FROM job WHERE {LETTERS};
UPDATE job SET payload = '{{"with":{{}},"words":true}}' WHERE {LETTERS};
"""

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0019_successions')]

    initial = False

    operations = [
        ops.CreateModel(
            name='JobWords',
            fields=[
                ('id', fields.BigIntField(primary_key=True, generated=False, default=new_id, unique=True, db_index=True)),
                ('job', fields.OneToOneField('fedcop.Job', source_field='job_id', db_constraint=True, to_field='id', related_name='words', on_delete=OnDelete.CASCADE)),
                ('words', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'job_words', 'app': 'fedcop', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        Script(sqlite=SQLITE, postgres=POSTGRES),
    ]
