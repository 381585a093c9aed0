"""`python -m migrations make NAME` writes the next step from what changed in the models; `reset` writes 0001 anew (before the first release)."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.schema_generator.operation_generator import OperationGenerator
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.migrations.writer import MigrationWriter, format_migration_name

from fedcop.core.database import APP, tortoise_config
from fedcop.core.migrating import building_models_lightly, known_steps

FOLDER = Path(__file__).parent
CREATE_MODELS = "from fedcop.core.migration_steps import CreateModels\n"
PRIMARY_KEY = re.compile(r"(IntField\()primary_key=True(?!, generated)")


async def unwritten(*, anew: bool = False) -> list[Any]:
    """What the models say and no step does yet; all of it when `anew`."""
    config = tortoise_config("sqlite:///unused")
    async with TortoiseContext() as context:
        await context.init(config=config, init_connections=False)
        assert context.apps is not None
        detector = MigrationAutodetector(context.apps, config["apps"])
        now = detector._current_state()  # noqa: SLF001 - Tortoise offers no public way
        for model in now.models.values():
            model.options.pop("table_description", None)  # our docstrings: their semicolons end Tortoise's statements
        before = State(models={}, apps=StateApps())
        if not anew:
            await detector.loader.build_graph()
            with building_models_lightly():
                before = await detector._project_state()  # noqa: SLF001
        found: list[Any] = OperationGenerator(before, now).generate(app_labels=[APP])
        return found


def write(name: str, operations: list[Any], *, anew: bool) -> Path:
    """Write a step."""
    dependencies = [] if anew else [(APP, known_steps()[-1])]
    writer = MigrationWriter(
        name, APP, operations, dependencies=dependencies, initial=anew, migrations_module="migrations"
    )
    path = Path(writer.write())
    # Tortoise's writer forgets that our ids are not made by the database.
    text = PRIMARY_KEY.sub(r"\1primary_key=True, generated=False", path.read_text("utf-8"))
    if anew:
        text = text.replace("operations = [\n", "operations = [\n        CreateModels(\n").rstrip().removesuffix("]")
        text = text.replace("from tortoise import migrations\n", "from tortoise import migrations\n" + CREATE_MODELS, 1)
        text += "    ),\n    ]\n"
    words = name.partition("_")[2].replace("_", " ")
    path.write_text(
        f'"""Step {name[:4]}: {words}. Written by `python -m migrations`; once released, never edited."""\n\n{text}',
        "utf-8",
    )
    return path


def main(words: list[str]) -> int:
    """Do what the first word says."""
    anew = words == ["reset"]
    if not anew and words[:1] != ["make"] or len(words) != (1 if anew else 2):
        print(__doc__)
        return 2
    operations = asyncio.run(unwritten(anew=anew))
    if not operations:
        print("the models have not changed")
        return 0
    name = "0001_initial" if anew else format_migration_name(int(known_steps()[-1][:4]) + 1, words[1])
    if anew:
        (FOLDER / f"{name}.py").unlink(missing_ok=True)
    print(f"wrote {write(name, operations, anew=anew)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
