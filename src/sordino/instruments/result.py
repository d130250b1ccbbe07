"""What scoring gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Ends = tuple[float, float]


@dataclass(frozen=True)
class Subscore:
    """A part of a score: a domain, a subscale or one item that is judged by itself."""

    name: str
    value: float | None
    range: Ends | None


@dataclass(frozen=True)
class CutOff:
    """A published limit, in the words of its source, and whether the score passes it.

    `passed` is `None` where the score is unknown, or on both sides of the limit.
    """

    name: str
    limit: float
    passed: bool | None


@dataclass(frozen=True)
class Score:
    """One instrument, scored.

    `value` is in points, `None` where the answers or the rule do not suffice; then `bounds` are
    the lowest and the highest value that the missing answers leave open. `band` is the preferred
    severity band and `bands` every set of bands by its name. `missing` names items without an
    answer. `alerts` must not be overlooked; `notes` say what was assumed, filled in or not seen.
    `cites` are keys of the references, `seen` how the rule was read.
    """

    instrument: str
    name: str
    value: float | None
    band: str | None
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    range: Ends | None
    bounds: Ends | None
    unit: str
    parts: tuple[Subscore, ...]
    bands: tuple[tuple[str, str | None], ...]
    cut_offs: tuple[CutOff, ...]
    alerts: tuple[str, ...]
    cites: tuple[str, ...]
    seen: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of the score as plain values; every key is always there."""
        return {
            "instrument": self.instrument,
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "range": _pair(self.range),
            "bounds": _pair(self.bounds),
            "band": self.band,
            "bands": dict(self.bands),
            "parts": [
                {"name": part.name, "value": part.value, "range": _pair(part.range)}
                for part in self.parts
            ],
            "cut_offs": [
                {"name": cut.name, "limit": cut.limit, "passed": cut.passed}
                for cut in self.cut_offs
            ],
            "missing": list(self.missing),
            "alerts": list(self.alerts),
            "notes": list(self.notes),
            "cites": list(self.cites),
            "seen": list(self.seen),
        }


def _pair(ends: Ends | None) -> list[float] | None:
    return None if ends is None else list(ends)
