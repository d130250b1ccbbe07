"""Tables of the results, as text and in docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"

ELSEWHERE = [
    # program, 1,000 x 1 core, 10,000 x 1 core, 10,000 x 2 cores, error of C, error of S
    ("mrgsolve 2.0.2 (LSODA)", "826", "996", "1,209", "2.3e-5", "2.4e-5"),
    ("rxode2 5.1.6, one shared event table", "463", "492", "604", "2.2e-5", "4.2e-5"),
    ("pydiffsol 0.6.2 (BDF)", "490", "406", "603", "4.1e-5", "4.3e-5"),
    ("libroadrunner 2.10 (CVODE)", "268", "242", "483", "1.3e-5", "1.9e-5"),
    ("deSolve 1.34, compiled C", "193", "", "", "2.2e-5", "5.6e-6"),
    ("chi 1.0.3", "152", "145", "264", "3.9e-6", "2.0e-5"),
    ("Diffrax 0.7.2, Kvaerno3, vmap", "52", "45", "91", "2.9e-5", "4.2e-5"),
    ("SciPy LSODA, Python right-hand side", "13", "", "", "2.4e-5", "2.5e-5"),
]
"""Patients a second of other programs, measured on another 2-core machine."""

Row = Sequence[str]


def markdown(head: Row, rows: Sequence[Row]) -> str:
    """A table with aligned columns, readable as text too."""
    table = [list(head), *[list(row) for row in rows]]
    widths = [max(len(row[k]) for row in table) for k in range(len(head))]

    def line(row: Row) -> str:
        first, *rest = (
            cell.ljust(w) if k == 0 else cell.rjust(w)
            for k, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        return "| " + " | ".join([first, *rest]) + " |"

    rule = "|" + "|".join(
        "-" * (w + 2) if k == 0 else "-" * (w + 1) + ":" for k, w in enumerate(widths)
    )
    return "\n".join([line(head), rule + "|", *map(line, rows)])


def number(value: float) -> str:
    """A rate as people read it."""
    return f"{value:,.0f}"


def small(value: float) -> str:
    """An error in two digits."""
    return f"{value:.1e}".replace("e-0", "e-")


def speed_table(results: Mapping[str, Any]) -> str:
    """Patients a second of every program that ran."""
    speed: list[Any] = results["sordino_speed"]
    accuracy = results["sordino_accuracy"]["reference"]
    rows: list[Row] = []
    for k, count in enumerate(speed[0]["counts"]):
        rates = [number(run["rates"][k]) for run in speed]
        rows.append(("sordino", number(count), *rates, small(accuracy["C"]), small(accuracy["S"])))
    scipy, diffrax = results["scipy_speed"], results["diffrax_speed"]
    rows += [
        _peer("Diffrax, Kvaerno3, 1e-5/1e-8, vmap", diffrax["count"], "", diffrax),
        _peer("SciPy LSODA, 1e-6/1e-9, Python", scipy["count"], number(scipy["rate"]), scipy),
    ]
    head = (
        "program",
        "patients",
        "1 core, patients/s",
        "2 cores, patients/s",
        "error C",
        "error S",
    )
    return markdown(head, rows)


def _peer(name: str, count: int, one_core: str, result: Mapping[str, Any]) -> Row:
    two_cores = "" if one_core else number(result["rate"])
    errors = result["errors"]
    return (name, number(count), one_core, two_cores, small(errors["C"]), small(errors["S"]))


def elsewhere_table() -> str:
    """Other programs, measured on another machine."""
    head = (
        "program",
        "1,000 × 1 core",
        "10,000 × 1 core",
        "10,000 × 2 cores",
        "error C",
        "error S",
    )
    return markdown(head, ELSEWHERE)


def accuracy_table(accuracy: Mapping[str, Any]) -> str:
    """Errors of every output against both references."""
    rows = [
        (name, small(accuracy["reference"][name]), small(accuracy["tight"][name]))
        for name in accuracy["reference"]
    ]
    head = (
        "output",
        "5 reference patients",
        f"{accuracy['random_patients']} others, DOP853",
    )
    return markdown(head, rows)


def memory_table(runs: Sequence[Mapping[str, Any]]) -> str:
    """Peak memory when only quantiles are kept."""
    rows = [(number(r["count"]), number(r["peak_mb"]), number(r["rate"])) for r in runs]
    return markdown(("patients", "peak memory, MB", "patients/s, 2 cores"), rows)


def stage_table(stages: Mapping[str, Any]) -> str:
    """Where the time of a block goes."""
    found = stages["microseconds"]
    total = sum(found.values())
    rows = [(name, f"{us:.1f}", f"{100 * us / total:.0f} %") for name, us in found.items()]
    rows.append(("sum", f"{total:.1f}", "100 %"))
    rows.append(("all of it in one go", f"{stages['whole_block']:.1f}", ""))
    return markdown(("stage", "µs a patient, 1 core", "share"), rows)


def whole(machine: str, results: Mapping[str, Any]) -> str:
    """Everything that was measured, in markdown that also reads well in a terminal."""
    parts = [
        f"Machine: {machine}.",
        "### Speed",
        speed_table(results),
        _compiling(results),
        "### Error",
        accuracy_table(results["sordino_accuracy"]),
        "### Memory",
        memory_table(results["sordino_memory"]),
        "### Where the time goes",
        stage_table(results["sordino_stages"]),
        _sizes(results["sordino_stages"], results["writing"]),
    ]
    return "\n\n".join(parts)


def _compiling(results: Mapping[str, Any]) -> str:
    sordino_s = max(run["compile_s"] for run in results["sordino_speed"])
    diffrax_s = results["diffrax_speed"]["compile_s"]
    return (
        f"Compiling takes {sordino_s:.1f} s for sordino and {diffrax_s:.1f} s for Diffrax, once; "
        "it is not in the rates."
    )


def _sizes(stages: Mapping[str, Any], writing: Mapping[str, float]) -> str:
    size = stages["bytes_out"]
    gigabytes = size * writing["again"] / 1e9
    return (
        f"Blocks of {stages['lanes']} patients; {stages['times']} output times; S is integrated "
        f"over {stages['panels']} panels with {stages['points']} points. The results of a patient "
        f"are {size / 1000:.1f} kB. Merely writing them, in the same blocks on 2 cores, goes at "
        f"{number(writing['fresh'])} patients/s into fresh memory and at "
        f"{number(writing['again'])} ({gigabytes:.1f} GB/s) into memory that was used before."
    )


def write_page(measured: str) -> None:
    """Put the tables between their markers in docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    for name, text in (("measured", measured), ("elsewhere", elsewhere_table())):
        page = _replaced(page, name, text)
    PAGE.write_text(page, encoding="utf-8")


def _replaced(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"{PAGE} lacks the line {begin} or {end}")
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
