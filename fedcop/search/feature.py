"""What searching plugs in: nothing by itself. The features above tell it what can be found (their reactors, their `findable`)."""

from __future__ import annotations

from fedcop.core.feature import Feature

FEATURE = Feature(name="search")
