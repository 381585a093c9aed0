"""The samples of the ten-minute tour run and say what the tour says."""

import doctest
from pathlib import Path

import activitypub


def test_the_tour() -> None:
    readme = Path(activitypub.__file__).parent / "README.md"
    found = doctest.testfile(str(readme), module_relative=False)
    assert found.attempted > 20
    assert found.failed == 0


def test_public_names_are_sorted_and_there() -> None:
    assert activitypub.__all__ == sorted(set(activitypub.__all__))
    assert all(hasattr(activitypub, name) for name in activitypub.__all__)
    assert activitypub.__version__
