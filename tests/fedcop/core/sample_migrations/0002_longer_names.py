"""The step that Tortoise alone would empty `book` with: it changes a column of the parent."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from fedcop.core.migration_steps import ChangeField, DropField


class Migration(migrations.Migration):
    dependencies = [("fedcop", "0001_shelves")]

    operations = [
        ChangeField(model_name="Shelf", name="name", field=fields.CharField(max_length=200)),
        ops.AddField(model_name="Shelf", name="places", field=fields.IntField(db_default=10)),
        ops.AddField(model_name="Book", name="lent_at", field=fields.DatetimeField(null=True)),
        ops.AddIndex(model_name="Book", index=Index(fields=("lent_at",))),
        ops.RemoveIndex(model_name="Shelf", fields=["room", "name"]),
        DropField(model_name="Shelf", name="room"),
        ops.RenameField(model_name="Book", old_name="title", new_name="name"),
    ]
