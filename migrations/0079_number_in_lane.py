"""Step 0079: number in lane. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from fedcop.core.migration_steps import Script

# What a lane holds is held until the end of the transaction, so that whoever comes next sees our number: each statement inside a
# function looks anew. Another machine's clock may be ahead of ours: then we go on from its number, but not to the one that it makes next.
FUNCTION = """
CREATE FUNCTION number_in_lane(wanted_lane text, wanted bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted_lane, 0));
    SELECT max(id) INTO last FROM job WHERE lane = wanted_lane;
    IF last IS NULL OR last < wanted THEN
        RETURN wanted;
    END IF;
    RETURN last + 1 + floor(random() * 65536)::bigint;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [('fedcop', '0078_uploads_of_somebody')]

    initial = False

    operations = [
        Script(postgres=FUNCTION),
    ]
