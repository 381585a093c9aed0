"""What people wrote and a job needs: it lies beside the table of jobs, which operators read, and goes with its job.

A field of a fact, or an argument of a job, of this type is never among the arguments that a job's row shows.
"""

from __future__ import annotations

from typing import Annotated

Words = Annotated[str, "written by people"]
