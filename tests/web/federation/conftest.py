"""The stage of the engine's tests, looked at from outside."""

from __future__ import annotations

from tests.fedcop.federation.conftest import features, stage

__all__ = ["features", "stage"]
