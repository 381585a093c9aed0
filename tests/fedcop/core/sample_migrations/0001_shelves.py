"""Shelves, books that stand on them, and a count kept by a trigger."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from fedcop.core.migration_steps import CreateModels, Script


class Migration(migrations.Migration):
    initial = True

    operations = [
        CreateModels(
            ops.CreateModel(
                name="Book",
                fields=[
                    ("id", fields.BigIntField(primary_key=True, generated=False)),
                    ("shelf", fields.ForeignKeyField("fedcop.Shelf", source_field="shelf_id", related_name="books")),
                    ("title", fields.CharField(max_length=50)),
                ],
                options={"table": "book", "app": "fedcop", "pk_attr": "id"},
            ),
            ops.CreateModel(
                name="Shelf",
                fields=[
                    ("id", fields.BigIntField(primary_key=True, generated=False)),
                    ("name", fields.CharField(max_length=20)),
                    ("room", fields.CharField(max_length=20)),
                    ("worn", fields.CharField(max_length=20)),
                ],
                options={
                    "table": "shelf",
                    "app": "fedcop",
                    "pk_attr": "id",
                    "indexes": [Index(fields=("room", "name")), Index(fields=("worn",))],
                },
            ),
        ),
        Script(
            sqlite="""
            CREATE TABLE log (what TEXT NOT NULL);
            CREATE TRIGGER shelf_renamed AFTER UPDATE OF name ON shelf BEGIN
              INSERT INTO log VALUES ('renamed; from ' || old.name);
            END;
            """,
            postgres="CREATE TABLE log (what TEXT NOT NULL);",
        ),
    ]
