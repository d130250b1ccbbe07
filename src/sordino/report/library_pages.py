"""A page for each drug model, effect and calibration study, made from the library, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sordino.credibility.checks import Result
from sordino.library import posterior
from sordino.library.cite import keys_of_model, references
from sordino.library.evidence import study
from sordino.library.evidence.cells import people, seen_in
from sordino.library.evidence.ledger import LedgerRow, ledger
from sordino.library.evidence.studies import Study
from sordino.library.papers import paper
from sordino.library.pd_schema import PdModel, load_pd_model, pd_model_ids
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import PkModel
from sordino.report.credibility_text import markdown_table
from sordino.report.words import sentence

WRITTEN = "Written from the library by `python tools/library_pages.py`."


def pages(checks: Iterable[Result]) -> dict[str, str]:
    """Every page by its path below docs/library; `checks` are those against papers."""
    found = list(checks)
    pk = {f"models/{i}.md": drug_model_page(load_pk_model(i), found) for i in pk_model_ids()}
    pd = {f"effects/{i}.md": effect_page(load_pd_model(i), found) for i in pd_model_ids()}
    told = {f"studies/{name}.md": study_page(study(name)) for name in calibration_studies()}
    return {"README.md": index(), **pk, **pd, **told}


def calibration_studies() -> tuple[str, ...]:
    """The studies that the calibration fits, compares or leaves out, in the order of the file."""
    return tuple(dict.fromkeys(use.study for use in posterior.uses().use))


def index() -> str:
    """The list of all pages."""
    models = [(f"[{i}](models/{i}.md)", load_pk_model(i).title) for i in pk_model_ids()]
    effects = [(f"[{i}](effects/{i}.md)", load_pd_model(i).title) for i in pd_model_ids()]
    studies = [
        (f"[{n}](studies/{n}.md)", study(n).condition, people(study(n)), study(n).design)
        for n in calibration_studies()
    ]
    return _joined(
        "# The library, page by page",
        f"Every number with its source. {WRITTEN} `sordino models NAME` and `sordino evidence "
        "TOPIC NAME` print the same.",
        "## Drug models",
        markdown_table(("model", "what it is"), models),
        "## Effects",
        markdown_table(("effect", "what it is"), effects),
        "## Studies that the calibration may use",
        markdown_table(("study", "condition", "people", "design"), studies),
    )


def drug_model_page(model: PkModel, checks: Sequence[Result]) -> str:
    """One drug model: the paper, whom it is about, every number, what it reproduces."""
    confirmed = "" if model.sampling_verified else " (not confirmed)"
    facts = (
        ("paper", paper(model.citation)),
        ("people", model.applicability.population),
        ("structure", model.description or model.structure),
        ("blood from", f"{model.sampling}{confirmed}"),
        ("measured", "one enantiomer" if model.measured == "enantiomer" else "both together"),
        ("dose", model.dose_basis),
        ("grade", f"{model.completeness}; {model.verification}"),
        ("digest", f"`{model.digest[:16]}`"),
    )
    return _joined(
        f"# {model.id}",
        model.title,
        markdown_table(("", ""), [(name, text) for name, text in facts if text]),
        *_cautions(model),
        "## Every number",
        _numbers(model.id),
        *_reproduced([c for c in checks if c.subject == model.id], model.checks_note),
        *_sources(model),
    )


def effect_page(effect: PdModel, checks: Sequence[Result]) -> str:
    """One effect: its formula, every number, what it reproduces, what it was fitted to."""
    protocols = {check.protocol for check in effect.check}
    fitted = [f"[{n}](../studies/{n}.md)" for n in posterior.fitted_studies([effect.id])]
    return _joined(
        f"# {effect.id}",
        effect.title,
        f"`{effect.structure}`",
        *_cautions(effect),
        "## Every number",
        _numbers(effect.id),
        f"Fitted to {', '.join(fitted)}." if fitted else "Fitted to nothing.",
        *_reproduced([c for c in checks if c.subject in protocols and c.kind == "slow effect"], ""),
        *_sources(effect),
    )


def study_page(found: Study) -> str:
    """One study: what it was, what it printed, and what the calibrated model makes of it."""
    told = posterior.draws().about
    shown = [s for s in told["studies"] if s["study"] == found.id]
    left = [e for e in told["left_out"] if e["study"] == found.id]
    chosen = [e for e in told["assumed"] if e["study"] == found.id]
    facts = (
        ("condition", found.condition),
        ("people", people(found)),
        ("design", found.design),
        ("how it was seen", seen_in(found)),
        ("not seen", "; ".join(found.not_seen)),
        ("notes", "; ".join(found.notes)),
    )
    return _joined(
        f"# {found.id}",
        *[references()[key].line() for key in found.cites],
        markdown_table(("", ""), [(name, text) for name, text in facts if text]),
        "## What it printed, and what the calibrated model expects",
        _beside(shown)
        if shown
        else "Nothing of it can be predicted by the model; the reasons stand below.",
        *_listed("## What is only compared", told["only_compared"], found.id),
        *(["## What is left out, and why", _left_out(left)] if left else []),
        *(
            ["## What is assumed about it", *[f"- {e['about']}: {e['assumed']}" for e in chosen]]
            if chosen
            else []
        ),
        f"{WRITTEN} `sordino evidence studies {found.id}` shows the row.",
    )


def _beside(shown: Sequence[Mapping[str, Any]]) -> str:
    heads = (
        "what",
        "arm",
        "n",
        "published",
        "expected, 90 percent interval",
        "a study of this size",
        "",
    )
    rows = [
        (
            f"{s['what']}, {s['row'].rsplit(' / ', 1)[-1]}",
            s["arm"],
            str(s["n"]),
            f"{s['published']:.3g} {s['unit']}",
            _ends(s["expected"]),
            _ends(s["predicted"]),
            _verdict(s),
        )
        for s in shown
    ]
    return markdown_table(heads, rows)


def _verdict(entry: Mapping[str, Any]) -> str:
    use = "fitted" if entry["fitted"] else "compared"
    return f"{use}, {'inside' if entry['inside'] else '**outside**'}"


def _ends(found: Sequence[float]) -> str:
    low, middle, high = found
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def _listed(head: str, entries: Iterable[Mapping[str, str]], name: str) -> Iterator[str]:
    own = [f"- {e['row']}: {e['why']}" for e in entries if e["row"].startswith(f"{name} / ")]
    if own:
        yield head
        yield "\n".join(own)


def _left_out(left: Sequence[Mapping[str, str]]) -> str:
    rows = [(e["arm"], e["outcome"], e["time"], e["why"]) for e in left]
    return markdown_table(("arm", "outcome", "time", "why"), rows)


def _numbers(owner: str) -> str:
    heads = ("number", "value", "how sure", "between people", "between sessions", "origin", "from")
    rows = [_number(row) for row in ledger() if row.model == owner]
    return markdown_table(heads, rows)


def _number(row: LedgerRow) -> tuple[str, ...]:
    origin = f"**{row.origin}**" if "value" in row.assumed else row.origin
    where = "; ".join(text for text in (row.place, row.source, row.note) if text)
    return (
        f"`{row.name}`",
        f"{row.value:g} {row.unit}",
        row.uncertainty,
        row.between_people,
        row.between_sessions,
        origin,
        f"[{where}]({row.url})" if row.url and where else where,
    )


def _reproduced(checks: Sequence[Result], note: str) -> Iterator[str]:
    if not checks and not note:
        return
    yield "## What it gives back of what was printed"
    if note:
        yield sentence(note)
    rows = [
        (
            check.name,
            f"{check.expected:.4g} {check.unit}",
            f"{check.found:.4g}",
            f"{check.low:.4g} to {check.high:.4g}",
            check.status,
            check.note,
        )
        for check in checks
        if None not in (check.expected, check.found, check.low, check.high)
    ]
    if rows:
        heads = ("number", "printed", "computed", "passes", "", "why this tolerance, or this miss")
        yield markdown_table(heads, rows)


def _cautions(model: PkModel | PdModel) -> Iterator[str]:
    lines = [f"- {sentence(text)}" for text in model.cautions]
    lines += [f"- Not seen: {text}" for text in model.not_seen]
    if lines:
        yield "## With care"
        yield "\n".join(lines)


def _sources(model: PkModel | PdModel) -> Iterator[str]:
    lines = [f"- {references()[key].line()}" for key in keys_of_model(model)]
    lines += [
        f"- {source.kind}" + (f": <{source.url}>" if source.url else "")
        for source in model.sources.values()
    ]
    if lines:
        yield "## Sources"
        yield "\n".join(lines)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
