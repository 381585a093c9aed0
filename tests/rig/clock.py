"""Time stands still until told."""

from __future__ import annotations

from fedcop.core.clock import StandingClock

__all__ = ["StandingClock"]
