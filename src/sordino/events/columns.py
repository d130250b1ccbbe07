"""Which column of a data set means what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sordino.events.problems import Problems, near_name
from sordino.findings import shown

if TYPE_CHECKING:
    from sordino.library.schema import PkModel

DATES = ("DATE", "DAT1", "DAT2", "DAT3")
OCCASIONS = ("OCC", "OCCASION")
COMMENT = "C"
KNOWN = (
    *("ID", "TIME", "DV", "AMT", "RATE", "DUR", "EVID", "MDV", "CMT", "PCMT", "ADDL", "II", "SS"),
    *("DVID", "ROUTE", *OCCASIONS, *DATES, COMMENT),
)
"""Names that have a meaning, in any mix of upper and lower case."""

_OFTEN_CALLED = {
    "weight": ("wt", "bw", "wtkg", "bwt"),
    "height": ("ht", "htcm"),
    "female": ("sex", "gender", "male"),
}


@dataclass(frozen=True)
class Columns:
    """Names of columns as they are spelled in the data set.

    `known`: by their meaning in capitals (`KNOWN`); `covariates`: by the names in the model.
    """

    known: Mapping[str, str]
    covariates: Mapping[str, str]

    def one_of(self, meanings: Sequence[str]) -> str | None:
        """The meaning of `meanings` that the data set has, if any."""
        return next((meaning for meaning in meanings if meaning in self.known), None)


def find_columns(names: Sequence[str], model: PkModel, source: str) -> Columns:
    """The columns with a meaning and the covariates of a model.

    Raises DocumentError for names that stand twice and for columns that are missing.
    """
    problems = Problems(source)
    _refuse_repeats(names, problems)
    wanted = tuple(model.covariate_names)
    columns = Columns(
        _known(names, frozenset(name.upper() for name in wanted)),
        {name: own for name in wanted if (own := _spelled(name, names)) is not None},
    )
    _refuse_missing(columns, names, wanted, problems)
    _refuse_both(columns, problems)
    problems.raise_any()
    return columns


def _known(names: Sequence[str], wanted: frozenset[str]) -> dict[str, str]:
    known = {name.upper(): name for name in names if name.upper() in KNOWN}
    # A covariate called C is a covariate.
    if COMMENT in wanted:
        known.pop(COMMENT, None)
    return known


def _spelled(name: str, names: Sequence[str]) -> str | None:
    """How a data set spells `name`: exactly so, or else with other capitals."""
    if name in names:
        return name
    return next((other for other in names if other.lower() == name.lower()), None)


def _refuse_repeats(names: Sequence[str], problems: Problems) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            problems.add(f"the column name {shown(name)} stands {count} times")
    folded = Counter(name.upper() for name in set(names))
    for name, count in folded.items():
        if count > 1 and name in KNOWN:
            spelled = sorted(other for other in set(names) if other.upper() == name)
            problems.add(
                f"the columns {' and '.join(shown(other) for other in spelled)} mean the same",
                hint="capitals do not count: drop or rename one of them",
            )


def _refuse_missing(
    columns: Columns, names: Sequence[str], wanted: Sequence[str], problems: Problems
) -> None:
    spare = [name for name in names if name.upper() not in KNOWN]
    for needed in ("ID", "TIME"):
        if needed not in columns.known:
            problems.add(
                f"the column {needed} is missing",
                allowed="at least the columns ID and TIME",
                hint=near_name(needed, spare) or _found_names(names),
            )
    for name in wanted:
        if name not in columns.covariates:
            problems.add(
                f"the column {shown(name)} is missing; the model uses it as a covariate",
                allowed=f"one column each for {', '.join(wanted)}",
                hint=_covariate_hint(name, spare),
            )


def _refuse_both(columns: Columns, problems: Problems) -> None:
    for group in (OCCASIONS, DATES):
        given = [name for name in group if name in columns.known]
        if len(given) > 1:
            problems.add(f"the columns {' and '.join(given)} mean the same", hint="keep one")


def _covariate_hint(name: str, spare: Sequence[str]) -> str:
    often = _OFTEN_CALLED.get(name, ())
    other = next((column for column in spare if column.lower() in often), None)
    if other is None:
        return near_name(name, spare)
    coding = ", coded 1 for female and 0 for male," if name == "female" else ""
    return f"if {shown(other)} holds it{coding} call the column {name}"


def _found_names(names: Sequence[str]) -> str:
    listed = ", ".join(shown(name, 20) for name in names[:12])
    return f"the columns found are {listed}{', ...' if len(names) > 12 else ''}"
