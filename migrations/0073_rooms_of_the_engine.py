"""Step 0073: rooms of the engine. Written by `python -m migrations`; once released, never edited."""

from tortoise import migrations
from fedcop.core.migration_steps import Script

# Jobs are called by the module in which they are, and some went into folders of fedcop/federation.
MOVED = {
    "fedcop.federation.intake:process": "fedcop.federation.receiving.intake:process",
    "fedcop.federation.intake:process_again": "fedcop.federation.receiving.intake:process_again",
    "fedcop.federation.intake:replay": "fedcop.federation.receiving.intake:replay",
    "fedcop.federation.resolver:seek": "fedcop.federation.fetching.resolver:seek",
    "fedcop.federation.files:fetch_named": "fedcop.federation.fetching.files:fetch_named",
    "fedcop.federation.destinations:prune": "fedcop.federation.sending.destinations:prune",
}
RENAMED = "".join(
    f"UPDATE job SET name = '{now}' WHERE name = '{before}';\n"
    f"UPDATE job SET unique_key = 'timetable:{now}' WHERE unique_key = 'timetable:{before}';\n"
    for before, now in MOVED.items()
)

class Migration(migrations.Migration):
    dependencies = [('fedcop', '0072_what_is_set_aside')]

    initial = False

    operations = [
        Script(sqlite=RENAMED, postgres=RENAMED),
    ]
