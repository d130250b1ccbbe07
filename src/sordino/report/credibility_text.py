"""The pages of docs/ that checks, claims and sensitivity are told on, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sordino.credibility.assessment import QUESTION, RISK, USE, Assessment
from sordino.credibility.checks import SECTIONS, Result
from sordino.credibility.claims import StoredRuns
from sordino.credibility.sensitivity import Sensitivity, Share
from sordino.report.claims import ClaimShown, claims_shown
from sordino.report.tables import Table

SMALL = 0.01
"""Unknowns whose total index is below this are left out of a table."""


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [_row(header), "|" + "---|" * len(header), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def made(made_with: Mapping[str, str]) -> str:
    """When and with what something was computed."""
    versions = ", ".join(f"{n} {made_with[n]}" for n in ("sordino", "jax", "numpy", "scipy"))
    return (
        f"Computed {made_with['date']} with {versions}; Python {made_with['python']}; data "
        f"`{made_with['data'][:16]}`."
    )


def claims_page(runs: StoredRuns) -> str:
    """docs/claims.md."""
    shown = claims_shown(runs)
    people = f"{runs.setting['patients']} people, {runs.setting['draws']} draws"
    parts = [
        "# What is said, and what stands behind it",
        "Each claim stands beside what studies found, what the models compute, and what would "
        "settle it. The verdict is that of the sources; no computation changes it, and where "
        "nobody has looked it says so. `sordino evidence claims NAME` shows one, `--run` computes "
        "it again, `--output claims.html` writes a page. This file is written by `python "
        "tools/credibility.py claims`; nothing in it is typed in.",
        f"{made(runs.made_with)} {people}, seed {runs.setting['seed']}.",
        markdown_table(
            ("claim", "verdict of the sources"),
            [(f"[{c.says}](#{c.id})", c.verdict) for c in shown],
        ),
        *(_claim(claim) for claim in shown),
    ]
    return "\n\n".join(parts) + "\n"


def _claim(claim: ClaimShown) -> str:
    parts = [
        f'## <a id="{claim.id}"></a>{claim.says}',
        f"**{claim.verdict}.** {claim.why}",
        f"**The model.** Asked for: {claim.asks}. {claim.ran}",
        _points(claim.computed),
    ]
    if claim.lacks:
        parts += ["**It lacks:**", _points(claim.lacks)]
    for table, interval in claim.tables:
        about = f" In brackets: {interval}." if interval else ""
        parts += [f"*{table.caption}.*{about}", _of_table(table)]
    if claim.cautions:
        parts += ["**How far this carries:**", _points(claim.cautions)]
    parts += ["**What would settle it:**", _points([*claim.settles, *claim.trials])]
    return "\n\n".join(parts)


def _of_table(table: Table) -> str:
    return markdown_table(table.header, table.rows)


def _points(texts: Iterable[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def credibility_page(found: Assessment, made_with: Mapping[str, str]) -> str:
    """docs/credibility.md."""
    parts = [
        "# Credibility",
        "What is checked before anything may be believed, in the order of ASME V&V 40 and ICH "
        "M15. `sordino check` runs all of it and ends with exit code 1 if a check fails; `--json` "
        "gives the same as data. This file is written by `python tools/credibility.py checks`.",
        f"{made(made_with)} {found.summary[0].upper()}{found.summary[1:]}.",
        _points(
            [
                f"**Question of interest.** {QUESTION}",
                f"**Context of use.** {USE}",
                f"**Model risk.** {RISK}",
            ]
        ),
    ]
    for number, (section, question) in enumerate(SECTIONS.items(), start=1):
        parts.append(f"## {number}. {section.capitalize()}: {question}")
        results = [r for r in found.results if r.section == section]
        parts.append(_results(results))
    return "\n\n".join(parts) + "\n"


def _results(results: Sequence[Result]) -> str:
    header = ("outcome", "of", "check", "found", "expected", "note")
    rows = [
        (r.status, f"`{r.subject}`", r.name, _found(r), _expected(r), _note(r)) for r in results
    ]
    return markdown_table(header, rows)


def _note(result: Result) -> str:
    place = "" if result.place in ("", "library", "computed here") else f" ({result.place})"
    return f"{result.note}{place}"


def _found(result: Result) -> str:
    return "" if result.found is None else f"{result.found:.3g} {result.unit}"


def _expected(result: Result) -> str:
    if result.low is None or result.high is None:
        return ""
    if result.expected is None:
        return f"{result.low:.4g} to {result.high:.4g}"
    if result.expected == 0.0:
        return f"at most {result.high:.2g}"
    return f"{result.expected:.4g} ({result.low:.4g} to {result.high:.4g})"


def sensitivity_text(found: Sequence[Sensitivity], made_with: Mapping[str, str]) -> str:
    """The measured part of docs/sensitivity.md."""
    parts = [made(made_with)]
    for each in found:
        parts.append(f"### {each.course}")
        parts.append(
            f"{each.runs} runs of the same {each.patients} people, {len(each.unknowns)} unknowns."
        )
        for outcome in each.outcomes:
            shares = [s for s in each.shares[outcome.name] if s.total[0] >= SMALL]
            parts.append(
                f"*Drug effect on {outcome.name}: mean {outcome.mean:.2g}, standard deviation "
                f"{outcome.sd:.2g} {outcome.unit}.*"
            )
            header = ("unknown", "alone", "in all")
            parts.append(markdown_table(header, [_share(s) for s in shares]))
        clocks = "; ".join(f"{name}: {', '.join(v)}" for name, v in each.clocks.items())
        parts.append(f"Drug effect on pain on days 1, 7 and 28 by the slow clock: {clocks}.")
    parts += ["### What would reduce them", _reducing(found)]
    parts.append("### Assumed, without a range, so in no index")
    parts.append(_points([f"`{text}`" for text in found[0].taken]))
    return "\n\n".join(parts)


def _share(share: Share) -> tuple[str, str, str]:
    return share.unknown, _index(share.first), _index(share.total)


def _index(index: tuple[float, float, float]) -> str:
    return f"{index[0] + 0.0:.2f} ({index[1] + 0.0:.2f} to {index[2] + 0.0:.2f})"


def _reducing(found: Sequence[Sensitivity]) -> str:
    rows: dict[str, Sequence[Any]] = {}
    for each in found:
        for unknown in each.unknowns:
            assumed = "assumed" if unknown.assumed else "published"
            rows[unknown.name] = (unknown.name, unknown.range, assumed, each.studies[unknown.name])
    return markdown_table(("unknown", "drawn from", "", "study"), rows.values())
