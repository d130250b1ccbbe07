"""What other programs printed for data sets of their own, and how near a right program must come.

The figures are in `data/`, one file for each source. PRED is the figure as it was printed. Of the
observation records a part is kept, which changes no prediction while the parameters stay the same;
where they vary, all records are kept.
Left out are steady-state doses with a lag longer than the interval, which NONMEM does not allow
and sordino refuses, and individuals of nlmixr2/nmtests that mrgsolve/nmtests has too.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from regimens import THREE, TWO, TWO_IV
from scenarios import Covariate, Model, Scenario

DATA = Path(__file__).parent / "data"

NMTESTS = Model(
    "advan2_trans2",
    {"CL": "1.1", "V": "20", "KA": "1.5"},
    {"ALAG2": "LAGT", "F2": "BIOAV", "D2": "DUR2"},
    (Covariate("LAGT", "h", 0.0), Covariate("BIOAV", "", 1.0), Covariate("DUR2", "h", 2.0)),
)
WEIGHT = (Covariate("WT", "kg", 70.0),)
ALLOMETRIC = {"CL": "CL * (WT / 70) ** 0.75"}
BY_WEIGHT = Model(
    "advan2_trans2",
    {"CL": "1.1", "V": "20", "KA": "1.5"},
    covariates=WEIGHT,
    individual=ALLOMETRIC,
)
LAGS = (Covariate("LAG1", "h", 0.0), Covariate("LAG2", "h", 0.0))
FERX = Model(
    "advan2_trans2",
    {"CL": "2", "V": "20", "KA": "0.15", "D1": "8"},
    {"ALAG1": "LAG1", "ALAG2": "LAG2"},
    LAGS,
)
FERX_WEIGHT = Model(
    "advan1_trans2",
    {"CL": "10", "V": "50"},
    {"ALAG1": "LG"},
    (*WEIGHT, Covariate("LG", "h", 0.0)),
    ALLOMETRIC,
)
ADVAN12 = Model("advan12_trans4", THREE)
COMPARTMENTS = {
    1: Model("advan1_trans2", {"CL": "5", "V": "50"}),
    2: Model("advan1_trans2", {"CL": "0.1", "V": "50"}),
    3: Model("advan2_trans2", {"CL": "0.1", "V": "50", "KA": "1"}),
    4: Model("advan3_trans4", TWO_IV),
    5: Model("advan4_trans4", TWO | {"KA": "1", "F2": "0.6"}),
}
TORSTEN_COLUMNS = (Covariate("LAG1", "h", 0.0), Covariate("CLI", "L/h", 10.0))
TORSTEN_FORMULAS = {"CL": "CLI", "ALAG1": "LAG1"}


def torsten(ident: int) -> Model:
    """The model of one of Torsten's tests: hundreds count the models."""
    values = {
        1: {"V": "80", "KA": "1.2"},
        2: {"V2": "20", "Q": "8", "V3": "70", "KA": "1.2"},
        3: {"V2": "35", "Q": "8", "V3": "105", "KA": "1.2"},
    }[ident // 100]
    structure = "advan2_trans2" if ident < 200 else "advan4_trans4"
    return Model(structure, values, TORSTEN_FORMULAS, TORSTEN_COLUMNS)


NOTHING = Decimal("1e-12")
"""What is printed as zero is zero but for rounding (in the printed unit)."""
FERX_CORE = "github.com/FeRx-NLME/ferx-core (MIT), nonmem_anchor/"


@dataclass(frozen=True)
class Source:
    """A file of `data/`: the program, where its output is found, the tolerance and its reason.

    `scale` is what a concentration in mg/L is multiplied with to give the printed figure. A right
    program is within half a unit of the last printed of `digits`, and `relative` besides.
    """

    key: str
    program: str
    date: str
    place: str
    model: Callable[[int], Model]
    scale: Callable[[int], float]
    digits: int
    relative: float
    why: str
    varying: frozenset[int] = frozenset()
    """IDs whose parameters change, so that the closed forms do not hold."""

    def tolerance(self, printed: str, ident: int) -> float:
        """How far from the printed figure a right program may be, in mg/L."""
        value = abs(Decimal(printed))
        unit = Decimal(10) ** (value.adjusted() - self.digits + 1) if value else 2 * NOTHING
        wide = unit / 2 + value * Decimal(str(self.relative))
        return float(wide * Decimal("1.000001")) / self.scale(ident)


NMTESTS_NONMEM = Source(
    "nmtests",
    "NONMEM 7.5.1 (mrgsolve 1.5.2 prints the same figures but for 23 to 25)",
    "2025-02-18",
    "github.com/mrgsolve/nmtests at 39524b6: dosing/results/1001-nm.csv, "
    "dosing/1001/1001/NM_run1/psn.lst, dosing/dosing-vignette.md",
    lambda ident: NMTESTS,
    lambda ident: 1000.0,
    5,
    0.0,
    "the table is printed with five digits (S1PE11.4)",
)
FERX_NONMEM = Source(
    "ferx_ss_infusion_stop",
    "NONMEM 7.6.0",
    "2026",
    f"{FERX_CORE}results/ss_infusion_stop.sdtab (commit b5b2cdd)",
    lambda ident: FERX,
    lambda ident: 1.0,
    17,
    1e-13,
    "17 digits are printed; NONMEM and the closed forms differ by rounding, at most 7e-14 here",
)
FERX_COMPARTMENTS = replace(
    FERX_NONMEM,
    key="ferx_compartments",
    date="2026-07-21",
    place=f"{FERX_CORE}results/dose_cmt_ss_cmt1.tab, ss_slow_advan1.tab, ss_slow_advan2.tab, "
    "dose_cmt_advan3_inf_cmt2.tab, oral_central_inf_advan4_f06.tab",
    model=lambda ident: COMPARTMENTS[ident],
    digits=11,
    relative=0.0,
    why="the table is printed with eleven digits (1PE17.10)",
)

SOURCES = (
    NMTESTS_NONMEM,
    replace(
        NMTESTS_NONMEM,
        key="nlmixr2_nmtests",
        program="NONMEM 7.4.3",
        date="2023-08-26",
        place="github.com/nlmixr2/nmtests at 35db864: TAB, 1001.lst, data/1001-data.R",
    ),
    replace(
        NMTESTS_NONMEM,
        key="nmtests_weight",
        program="NONMEM 7.5.0 and mrgsolve 1.0.3, the same figures",
        date="2022-03-30",
        place="github.com/mrgsolve/nmtests at d2a28bc: time-varying/results/2001.csv, "
        "time-varying/time-varying-vignette.md",
        model=lambda ident: BY_WEIGHT,
        varying=frozenset({1}),
    ),
    FERX_COMPARTMENTS,
    replace(
        FERX_COMPARTMENTS,
        key="ferx_advan12",
        program="NONMEM 7.6.0 (ADVAN12)",
        place=f"{FERX_CORE}results/dose_cmt_advan12_bolus_cmt2.tab, dose_cmt_advan12_inf_cmt4.tab",
        model=lambda ident: ADVAN12,
        relative=3e-5,
        why="eleven digits are printed, but infusions of NONMEM's ADVAN12 are inexact: 1e-5 from "
        "the matrix exponential (FeRx-NLME/ferx-core, pull request 909)",
    ),
    FERX_NONMEM,
    replace(
        FERX_NONMEM,
        key="ferx_ss_tie",
        place=f"{FERX_CORE}results/ss_reset_tie.sdtab (7085220), "
        "ss_reset_tie_lag.sdtab (b8ca4d6; ID + 200)",
    ),
    replace(
        FERX_NONMEM,
        key="ferx_reset_lag",
        place=f"{FERX_CORE}results/evid_reset_lag.sdtab (commit cc4ad3d)",
    ),
    replace(
        FERX_NONMEM,
        key="ferx_weight_lag",
        program="NONMEM 7.6.0 (ADVAN13, TOL=9)",
        place=f"{FERX_CORE}results/ss_lag_infusion.tab (commit f18c958), column PRED",
        model=lambda ident: FERX_WEIGHT,
        digits=5,
        relative=1e-8,
        why="the table is printed with five digits (S1PE11.4); the equations were integrated "
        "to 1e-9",
        varying=frozenset({1, 2}),
    ),
    Source(
        "torsten",
        "Torsten, expected values of its unit tests",
        "2021",
        "github.com/metrumresearchgroup/Torsten (BSD-3), cmdstan/stan/lib/stan_math/stan/math/"
        "torsten/test/unit/onecpt_typed_test.cpp (35a00f4), twocpt_typed_test.cpp (1cfbb84)",
        torsten,
        lambda ident: {1: 80.0, 2: 20.0, 3: 35.0}[ident // 100],
        7,
        1e-6,
        "seven digits are printed, and Torsten's own tests allow 1e-6",
        frozenset({108, 204}),
    ),
)


def scenario(source: Source, ident: int, rows: list[dict[str, str]]) -> Scenario:
    """One individual of a file."""
    model = source.model(ident)
    columns = [name for name in rows[0] if name not in ("ID", "PRED")]
    return Scenario(
        f"{source.key}: {ident}",
        model,
        tuple({name: row[name] for name in columns} for row in rows),
        tuple(float(row["PRED"]) / source.scale(ident) for row in rows),
        tuple(source.tolerance(row["PRED"], ident) for row in rows),
        constant=ident not in source.varying,
    )


@cache
def scenarios_of(source: Source) -> tuple[Scenario, ...]:
    """All individuals of a file, in its order."""
    people: dict[int, list[dict[str, str]]] = {}
    with (DATA / f"{source.key}.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            people.setdefault(int(row["ID"]), []).append(row)
    return tuple(scenario(source, ident, rows) for ident, rows in people.items())
