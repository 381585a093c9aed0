"""Step 0066: words of kinds in the search index, for all but posts: see fedcop/search/words.py, mark_of(). Once released, never edited."""

from tortoise import migrations

from fedcop.core.migration_steps import Script

LETTER = "\ufb01"
MARK = (
    f"UPDATE search_entry SET folded_title = '{LETTER}' || kind || ' ' || folded_title, folded = '{LETTER}' || kind || ' ' || folded"
    " WHERE kind <> 'post';"
)

# The index is made anew in the end: what its triggers would do for each row needs it to hold that row already.
SQLITE = f"""
DROP TRIGGER search_words_changed;
{MARK}
CREATE TRIGGER search_words_changed AFTER UPDATE OF folded_title, folded ON search_entry BEGIN
  INSERT INTO search_words(search_words, rowid, folded_title, folded)
    VALUES ('delete', old.id, old.folded_title, old.folded);
  INSERT INTO search_words(rowid, folded_title, folded) VALUES (new.id, new.folded_title, new.folded);
END;
INSERT INTO search_words(search_words) VALUES ('rebuild');
"""


class Migration(migrations.Migration):
    dependencies = [("fedcop", "0065_notification_policy")]

    initial = False

    operations = [Script(sqlite=SQLITE, postgres=MARK)]
