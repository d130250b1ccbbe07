"""What other programs reach on the reference job, as measured on another machine."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache

from job import DATA

MACHINE = "another machine: 2 cores, Debian 12, x86-64 with AVX-512, shared with other work"
RECORDS = "rxode2 5.1.6, NONMEM-style records"
"""The program that is given a dosing history for each individual."""


@dataclass(frozen=True)
class Elsewhere:
    """Patients a second by population and cores; None where nobody measured."""

    program: str
    one_core_1000: float
    one_core_10000: float | None
    two_cores_10000: float | None
    error_c: float
    error_s: float

    @property
    def best(self) -> float:
        """The largest of the rates."""
        return max(
            rate or 0.0 for rate in (self.one_core_1000, self.one_core_10000, self.two_cores_10000)
        )


@lru_cache(maxsize=1)
def elsewhere() -> tuple[Elsewhere, ...]:
    """All rows of `data/elsewhere.csv`."""
    with (DATA / "elsewhere.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return tuple(
        Elsewhere(
            program,
            float(one),
            float(ten) if ten else None,
            float(two) if two else None,
            float(error_c),
            float(error_s),
        )
        for program, one, ten, two, error_c, error_s in rows
    )


def with_records() -> Elsewhere:
    """The row for individual dosing histories."""
    return next(row for row in elsewhere() if row.program == RECORDS)
