"""The tables of docs/calibration.md, from what a calibration wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sordino.calibrate.figures import label

LESSONS = {
    "nothing": "nothing: what comes out is what went in",
    "a little": "a little",
    "something": "something",
    "much": "much",
}

WORST = 5
"""Unknowns of which the ranks are shown."""

Summary = Mapping[str, Any]


def tables(summary: Summary) -> str:
    """All tables as Markdown."""
    parts = [
        _diagnosed(summary),
        "### Prior and posterior",
        _learned(summary["learned"]),
        "### Study by study",
        _studies(summary["studies"]),
        "### What is only compared, and why",
        _table(("row", "why"), [(e["row"], e["why"]) for e in summary["only_compared"]]),
        "### What stays out, and why",
        _table(
            ("study", "arm", "outcome", "time", "why"),
            [
                (e["study"], e["arm"] or "both", e["outcome"], e["time"], e["why"])
                for e in summary["left_out"]
            ],
        ),
        "### What had to be assumed",
        _table(
            ("study", "about", "assumed"),
            [(e["study"], _about(e), e["assumed"]) for e in summary["assumed"]],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _diagnosed(summary: Summary) -> str:
    made, checked = summary["made"], summary["diagnostics"]
    misses = [s for s in summary["studies"] if s["fitted"] and not s["inside"]]
    fitted = [s for s in summary["studies"] if s["fitted"]]
    rows = [
        ("numbers fitted", f"{len(fitted)}, in {made['rows']} rows"),
        ("of these outside their 90 percent interval", f"{len(misses)}"),
        ("chains, draws of each after warm-up", f"{made['chains']}, {made['draws']}"),
        ("largest R-hat", f"{checked['worst_rhat']:.4f}"),
        ("smallest effective sample size", f"{checked['least_ess']:.0f}"),
        ("divergent transitions", f"{checked['divergences']}"),
        ("time for sampling", f"{made['seconds']:.0f} s"),
        ("seed", f"{made['seed']}"),
        ("data, SHA-256", f"`{made['data_digest'][:16]}`"),
        ("NumPyro, JAX", f"{made['numpyro_version']}, {made['jax_version']}"),
    ]
    return _table(("", ""), rows)


def ranks_table(ranks: Summary) -> str:
    """What simulation-based calibration measured, as Markdown."""
    worst = sorted(ranks["p"], key=lambda name: ranks["p"][name])[:WORST]
    about = (
        f"{ranks['fits']} made-up sets of studies, each fitted; ranks in {ranks['bins']} bins, "
        f"{ranks['fits'] / ranks['bins']:g} expected in each. The smallest of {len(ranks['p'])} "
        f"p-values is {min(ranks['p'].values()):.3g}; so small a one, or a smaller, is to be "
        f"expected by chance with probability {ranks['overall_p']:.2g} at most. "
        f"Divergent: {100 * ranks['divergent_share']:.2g} percent of the draws. The most uneven:"
    )
    rows = [
        (f"`{name}`", f"{ranks['p'][name]:.3g}", " ".join(map(str, ranks["counts"][name])))
        for name in worst
    ]
    return about + "\n\n" + _table(("unknown", "p", "ranks, low to high"), rows) + "\n"


def _learned(learned: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            f"`{e['name']}`",
            e["unit"],
            _interval(e["prior"]),
            _interval(e["posterior"]),
            f"{e['sd_ratio']:.2f}",
            f"{100 * e['overlap']:.0f} %",
            LESSONS[e["lesson"]],
        )
        for e in learned
    ]
    head = ("unknown", "unit", "prior", "posterior", "SD ratio", "overlap", "the data taught")
    return _table(head, rows)


def _studies(studies: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            label(s),
            s["unit"],
            s["n"] or "",
            number(s["published"]),
            _interval(s["expected"]),
            _interval(s["predicted"]),
            "inside" if s["inside"] else "**outside**",
        )
        for s in studies
    ]
    head = ("what", "unit", "n", "published", "expected", "for a study of this size", "")
    return _table(head, rows)


def _about(entry: Mapping[str, str]) -> str:
    return ", ".join(entry["about"].split(" / ")[1:]) or entry["about"]


def _interval(ends: Sequence[float]) -> str:
    low, middle, high = (number(v) for v in ends)
    return f"{middle} ({low} to {high})"


def number(value: float) -> str:
    """Three digits, or whole numbers from a hundred on; a minus sign that is one."""
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "−") if "e" not in text else f"{value:.3f}".replace("-", "−")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [_line(head), _line("---" for _ in head), *(_line(row) for row in rows)]
    return "\n".join(lines)


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
