"""Tables of the results, as text and in docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from elsewhere import MACHINE, elsewhere, with_records
from linearity import TITLES, chart, fit

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
FIGURE = PAGE.parent / "img" / "linearity.svg"

HERE, THERE = "here", "elsewhere"
SPEED_HEAD = (
    "program",
    "where",
    "patients",
    "1 core, patients/s",
    "2 cores, patients/s",
    "error C",
    "error S",
)

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
    """Patients a second of every program that ran, and below what others reach elsewhere."""
    speed: list[Any] = results["sordino_speed"]
    accuracy = results["sordino_accuracy"]["reference"]
    errors = (small(accuracy["C"]), small(accuracy["S"]))
    rows: list[Row] = []
    for k, count in enumerate(speed[0]["counts"]):
        rates = [number(run["rates"][k]) for run in speed]
        rows.append(("sordino", HERE, number(count), *rates, *errors))
    scipy, diffrax = results["scipy_speed"], results["diffrax_speed"]
    rows += [
        _peer("Diffrax, Kvaerno3, 1e-5/1e-8, vmap", diffrax, ""),
        _peer("SciPy LSODA, 1e-6/1e-9, Python", scipy, number(scipy["rate"])),
    ]
    for row in elsewhere():
        larger = row.one_core_10000 is not None
        one = row.one_core_10000 if larger else row.one_core_1000
        rates = (_rate(one), _rate(row.two_cores_10000))
        errors = (small(row.error_c), small(row.error_s))
        rows.append((row.program, THERE, "10,000" if larger else "1,000", *rates, *errors))
    return markdown(SPEED_HEAD, rows)


def _rate(value: float | None) -> str:
    return "" if value is None else number(value)


def _peer(name: str, result: Mapping[str, Any], one_core: str) -> Row:
    two_cores = "" if one_core else number(result["rate"])
    errors = result["errors"]
    measured = (number(result["count"]), one_core, two_cores)
    return (name, HERE, *measured, small(errors["C"]), small(errors["S"]))


def histories_table(result: Mapping[str, Any]) -> str:
    """Individuals a second where everybody has records of their own, and how many times the
    rate of the program that does so elsewhere."""
    peer = with_records()
    names = {
        "engine": "sordino, arrays to arrays",
        "public": "sordino.predict, frame to frame, records checked",
        "diffrax": "Diffrax, Kvaerno3, 1e-5/1e-8, vmap",
    }
    rows = [
        (
            names[key],
            HERE,
            number(result["counts"][key]),
            number(rate),
            small(max(result["errors"][key].values())),
            f"{rate / peer.best:.1f}",
            f"{rate / result['rates']['diffrax']:.1f}",
        )
        for key, rate in result["rates"].items()
    ]
    for count, rate in (("1,000", peer.one_core_1000), ("10,000", peer.two_cores_10000)):
        rows.append((peer.program, THERE, count, _rate(rate), small(peer.error_c), "", ""))
    head = ("program", "where", "individuals", "individuals/s", "error")
    return markdown((*head, "times rxode2", "times Diffrax"), rows)


def _about_histories(result: Mapping[str, Any]) -> str:
    return (
        f"Two cores here; {result['records']} records each. Error: the largest of C, NK and Ce "
        f"over {result['exact']} individuals, against SciPy's `expm` from record to record. "
        f"rxode2's figures are for the whole job, with S and pain, on one core (1,000) and on "
        f"two; the ratio is to its better one."
    )


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


def product_table(machine: str, runs: Sequence[Mapping[str, Any]]) -> str:
    """Peak memory and time of `sordino simulate`."""
    rows = [(number(r["count"]), number(r["peak_mb"]), f"{r['seconds']:.0f}") for r in runs]
    table = markdown(("patients", "peak memory, MB", "seconds, 2 cores"), rows)
    return f"Machine: {machine}.\n\n{table}"


def linearity_table(machine: str, found: Mapping[str, Any]) -> str:
    """Every point, and how cost grows."""
    parts = [f"Machine: {machine}."]
    for name, points in found.items():
        across, up = TITLES[name]
        head = (across, *(number(x) for x in points["x"]))
        digits = 3 if name == "patients" else 1
        parts.append(markdown(head, [(up, *(f"{y:.{digits}f}" for y in points["y"]))]))
    rows: list[Row] = []
    for name, points in found.items():
        grown = fit(points["x"], points["y"])
        unit = 1e6 if name == "patients" else 1.0
        rows.append(
            (
                TITLES[name][0],
                f"{grown.exponent:.2f}",
                f"{unit * grown.fixed:,.1f}",
                f"{unit * grown.each:,.3f}",
            )
        )
    head = ("more", "exponent", "constant, µs", "for each, µs")
    return "\n\n".join([*parts, markdown(head, rows)])


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
        f"Elsewhere: {MACHINE}. Compare those with each other.",
        _compiling(results),
        "### Individual dosing histories",
        histories_table(results["histories"]),
        _about_histories(results["histories"]),
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


def write_page(sections: Mapping[str, str]) -> None:
    """Put texts between their markers in docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    for name, text in sections.items():
        page = _replaced(page, name, text)
    PAGE.write_text(page, encoding="utf-8")


def write_figure(found: Mapping[str, Any]) -> None:
    """Draw how cost grows into docs/img."""
    from sordino.report.svg import chart_svg

    FIGURE.write_text(chart_svg(chart(found)) + "\n", encoding="utf-8")


def _replaced(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"{PAGE} lacks the line {begin} or {end}")
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
