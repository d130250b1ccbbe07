"""Where a number stands among published bands and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sordino.instruments.result import CutOff, Ends
from sordino.library.evidence.facts import Number
from sordino.library.evidence.instruments import Band, Bands

# How the name of a number ends when it is a limit that a score passes or not.
_PASSES: dict[str, Callable[[float, float], bool]] = {
    " above": lambda value, limit: value > limit,
    " from": lambda value, limit: value >= limit,
    " below": lambda value, limit: value < limit,
    " at most": lambda value, limit: value <= limit,
}


def band_of(bands: Bands, value: float) -> str | None:
    """The name of the band that holds `value`, `None` outside all of them.

    Bands of scores that are printed for whole numbers leave gaps ("0 to 23", "24 to 40"): a score
    in a gap counts with the band below it.
    """
    holding = [band for band in bands.band if _holds(band, value)]
    if holding:
        # A band without an upper end goes on until the next one begins.
        return holding[-1].label
    return in_gap(bands, value)


def in_gap(bands: Bands, value: float) -> str | None:
    """The band below a score that lies between two bands, otherwise `None`."""
    if bands.of != "score" or any(_holds(band, value) for band in bands.band):
        return None
    below = [band for band in bands.band if band.low is not None and band.low <= value]
    above = [band for band in bands.band if band.low is not None and band.low > value]
    return below[-1].label if below and above else None


def severity(sets: Sequence[Bands]) -> Bands | None:
    """The bands that a score is named by: the preferred ones of those that divide scores."""
    own = [bands for bands in sets if bands.of in ("score", "level")]
    preferred = [bands for bands in own if bands.preferred]
    return next(iter(preferred or own), None)


def without_side(numbers: Sequence[Number]) -> list[str]:
    """Published limits of which no source says which side counts, in words."""
    return [
        f"{number.name} {number.value:g}"
        for number in numbers
        if "cut-off" in number.name and _side(number) is None and number.value is not None
    ]


def cut_offs(numbers: Sequence[Number], value: float | None, bounds: Ends | None) -> list[CutOff]:
    """Every published limit with a side to it, and whether the score passes it."""
    found: list[CutOff] = []
    for number in numbers:
        passes = _side(number)
        if passes is None or number.value is None:
            continue
        ends = (value, value) if value is not None else bounds
        sides = {passes(end, number.value) for end in ends or ()}
        passed = sides.pop() if len(sides) == 1 else None
        found.append(CutOff(number.name, number.value, passed))
    return found


def _side(number: Number) -> Callable[[float, float], bool] | None:
    return next((p for end, p in _PASSES.items() if number.name.endswith(end)), None)


def _holds(band: Band, value: float) -> bool:
    return not (
        (band.low is not None and value < band.low)
        or (band.low_exclusive is not None and value <= band.low_exclusive)
        or (band.high is not None and value > band.high)
        or (band.high_exclusive is not None and value >= band.high_exclusive)
    )
