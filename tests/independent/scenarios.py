"""What is predicted: records, the model they belong to, and what somebody else computed.

`regimens` holds regimens whose concentrations the closed forms give; `programs` holds what other
programs printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import closed_forms as cf
import pandas as pd

import sordino

RECORD = ("TIME", "EVID", "AMT", "CMT", "SS", "II", "ADDL", "RATE")


# --- models ---------------------------------------------------------------------------------------

UNITS = {
    "CL": "L/h",
    "Q": "L/h",
    "V": "L",
    "KA": "1/h",
    "F": "",
    "ALAG": "h",
    "D": "h",
    "R": "mg/h",
}
CARRIED = {"F": "bioavailability", "ALAG": "lag", "R": "rate", "D": "duration"}


def unit_of(name: str) -> str:
    """The unit that NONMEM's parameters have where amounts are mg, volumes L and times h."""
    return UNITS[name.rstrip("0123456789")]


@dataclass(frozen=True)
class Covariate:
    """A column of the data that the model uses."""

    name: str
    unit: str
    typical: float


@dataclass(frozen=True)
class Model:
    """A ready structure with the values of its parameters, as numbers or as formulas of columns."""

    structure: str
    values: Mapping[str, str]
    formulas: Mapping[str, str] = field(default_factory=dict[str, str])
    covariates: tuple[Covariate, ...] = ()
    individual: Mapping[str, str] = field(default_factory=dict[str, str])

    def toml(self) -> str:
        """The model as a file."""
        lines = [
            "schema = 1",
            f'id = "{self.structure}"',
            f'title = "{self.structure}"',
            'kind = "pk"',
            'time_unit = "h"',
            f'structure = "{self.structure}"',
        ]
        for one in self.covariates:
            lines += ["", "[[covariate]]", f'name = "{one.name}"', f'unit = "{one.unit}"']
            lines += [f"typical = {one.typical}"]
        for name, value in self.values.items():
            lines += ["", "[[parameter]]", f'name = "{name}"', f"value = {float(value)!r}"]
            lines += [f'unit = "{unit_of(name)}"']
        for name, formula in self.formulas.items():
            lines += ["", "[[derived]]", f'name = "{name}"', f'expression = "{formula}"']
            lines += [f'unit = "{unit_of(name)}"']
        for name, formula in self.individual.items():
            lines += ["", "[[individual]]", f'parameter = "{name}"', f'expression = "{formula}"']
        return "\n".join(lines) + "\n"

    def numbers(self, record: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """The parameters at a record; a formula is the name of a column here."""
        known = {name: Decimal(value) for name, value in self.values.items()}
        return known | {name: record[formula] for name, formula in self.formulas.items()}

    def mammillary(self, record: Mapping[str, Decimal]) -> cf.Mammillary:
        """The same structure for the closed forms (NONMEM's TRANS2 and TRANS4)."""
        v = self.numbers(record)
        advan = self.structure.split("_")[0]
        ka = v["KA"] if advan in ("advan2", "advan4", "advan12") else None
        if advan in ("advan1", "advan2"):
            return cf.Mammillary(v["V"], v["CL"] / v["V"], ka=ka)
        first = 1 if ka is None else 2
        volume = v[f"V{first}"]
        flows = [v["Q"]] if "Q" in v else [v[f"Q{n}"] for n in (first + 1, first + 2)]
        outer = [v[f"V{first + 1 + n}"] for n in range(len(flows))]
        return cf.Mammillary(
            volume,
            v["CL"] / volume,
            tuple(q / volume for q in flows),
            tuple(q / w for q, w in zip(flows, outer, strict=True)),
            ka,
        )

    def dosing(self, record: Mapping[str, Decimal]) -> cf.Dosing:
        """Bioavailability, lags, rates and durations of a dose record."""
        found: dict[str, dict[int, Decimal]] = {word: {} for word in CARRIED.values()}
        for name, value in self.numbers(record).items():
            letters = name.rstrip("0123456789")
            if letters in CARRIED and name != letters:
                found[CARRIED[letters]][int(name[len(letters) :])] = value
        return cf.Dosing(**found)


# --- scenarios ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """One person's records, the model, and the concentration that is expected at each record."""

    name: str
    model: Model
    records: tuple[Mapping[str, str], ...]
    expected: tuple[float, ...]
    within: tuple[float, ...]
    constant: bool = True
    """Whether the parameters stay the same, so that the closed forms hold."""

    def frame(self, ident: int = 1) -> pd.DataFrame:
        """The data set as a user has it; every number is parsed from its text."""
        numbers = [{name: float(text) for name, text in one.items()} for one in self.records]
        table = pd.DataFrame(numbers)
        table.insert(0, "ID", ident)
        return table

    def closed(self) -> list[float]:
        """What the closed forms give."""
        first = {name: Decimal(value) for name, value in self.records[0].items()}
        model = self.model.mammillary(first)
        return [float(x) for x in cf.predicted(self.records, model, self.model.dosing)]

    def difference(self, found: Sequence[float]) -> float:
        """The largest relative difference from what is expected, where that is not zero."""
        pairs = [(f, e) for f, e in zip(found, self.expected, strict=True) if e]
        return max(abs(f - e) / abs(e) for f, e in pairs) if pairs else 0.0

    def misses(self, found: Sequence[float]) -> list[str]:
        """The records where `found` is not within the tolerance, in words."""
        return [
            f"record {n + 1} (TIME {self.records[n]['TIME']}): {f!r}, expected {e!r} ± {w:.2g}"
            for n, (f, e, w) in enumerate(zip(found, self.expected, self.within, strict=True))
            if not abs(f - e) <= w
        ]


def records_of(
    doses: Sequence[Mapping[str, object]], times: Sequence[float | str], observed: int
) -> tuple[dict[str, str], ...]:
    """Doses and observations in the order of time; at the same time the doses come first."""
    rows = [{**dict.fromkeys(RECORD, "0"), "EVID": "1", "CMT": "1"} for _ in doses]
    for row, dose in zip(rows, doses, strict=True):
        row |= {name: str(value) for name, value in dose.items()}
    rows += [{**dict.fromkeys(RECORD, "0"), "TIME": str(t), "CMT": str(observed)} for t in times]
    return tuple(sorted(rows, key=lambda row: (float(row["TIME"]), row["EVID"] == "0")))


# --- prediction -----------------------------------------------------------------------------------


def predictions(scenarios: Sequence[Scenario], folder: Path, **options: Any) -> list[list[float]]:
    """What sordino predicts (mg/L) for each scenario; those with one model go in one data set.

    `folder` takes the model files; `options` are those of `sordino.predict`.
    """
    groups: dict[str, list[int]] = {}
    for n, one in enumerate(scenarios):
        groups.setdefault(one.model.toml(), []).append(n)
    found: dict[int, list[float]] = {}
    for text, members in groups.items():
        path = folder / f"model_{members[0]}.toml"
        path.write_text(text, encoding="utf-8")
        frames = [scenarios[n].frame(n) for n in members]
        whole = pd.concat(frames, ignore_index=True)
        table = sordino.predict(sordino.load_model(str(path)), whole, **options)
        for n, (_, rows) in zip(members, table.groupby("ID", sort=False), strict=True):
            found[n] = [float(x) for x in rows["IPRED"]]
    return [found[n] for n in range(len(scenarios))]
