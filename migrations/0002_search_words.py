"""Step 0002: the words that can be searched. FTS5 on SQLite, a tsvector on PostgreSQL; both follow `search_entry` by themselves."""

from tortoise import migrations

from fedcop.core.migration_steps import Script

SQLITE = """
CREATE VIRTUAL TABLE search_words USING fts5(
  folded_title, folded, content='search_entry', content_rowid='id', tokenize="unicode61"
);
CREATE TRIGGER search_words_added AFTER INSERT ON search_entry BEGIN
  INSERT INTO search_words(rowid, folded_title, folded) VALUES (new.id, new.folded_title, new.folded);
END;
CREATE TRIGGER search_words_removed AFTER DELETE ON search_entry BEGIN
  INSERT INTO search_words(search_words, rowid, folded_title, folded)
    VALUES ('delete', old.id, old.folded_title, old.folded);
END;
CREATE TRIGGER search_words_changed AFTER UPDATE OF folded_title, folded ON search_entry BEGIN
  INSERT INTO search_words(search_words, rowid, folded_title, folded)
    VALUES ('delete', old.id, old.folded_title, old.folded);
  INSERT INTO search_words(rowid, folded_title, folded) VALUES (new.id, new.folded_title, new.folded);
END;
"""

# A tsvector holds at most 1 MB: the words of very long texts are cut.
POSTGRES = """
ALTER TABLE search_entry ADD COLUMN words tsvector GENERATED ALWAYS AS (
  setweight(to_tsvector('simple', left(folded_title, 4000)), 'A')
  || setweight(to_tsvector('simple', left(folded, 200000)), 'B')
) STORED;
CREATE INDEX search_entry_words ON search_entry USING gin (words);
"""


class Migration(migrations.Migration):
    """Add what searches."""

    dependencies = [("fedcop", "0001_initial")]

    operations = [Script(sqlite=SQLITE, postgres=POSTGRES)]
