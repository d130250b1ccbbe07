"""Two short pages made from rows of the library: what is known, and what cannot be told.

Every number is read from a row, and every line ends with the name of the row, so that
`sordino evidence TOPIC NAME` shows where it is from. A row that changes its form is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sordino.credibility.claims import StoredRuns
from sordino.errors import UnknownName
from sordino.library.evidence import claims, comparator, effects, safety, studies, study
from sordino.library.evidence.facts import Number
from sordino.library.evidence.ledger import ledger
from sordino.library.evidence.observations import Contrast, Mean, Observation, Responders
from sordino.library.evidence.reader import pick
from sordino.library.pd_schema import load_pd_model, pd_model_ids
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.simulation.applicability import ALWAYS

TRIAL = "noppers_2011_fm"
LONG_TRIAL = "sigtermans_2009_crps"
DAILY = (
    ("duloxetine_60.cochrane_2014", 50),
    ("pregabalin_450.crofford_2005", 50),
    ("milnacipran_100_200.cochrane", 30),
)


def known_page() -> str:
    """The page "What is known"."""
    parts = [
        "# What is known",
        "Short answers, each with the row of the library behind it: `sordino evidence TOPIC NAME` "
        "shows the row, its sources and how they were seen. Written from the library by "
        "`python tools/credibility.py known`.",
        _section("Relief while the drug is there", _soon()),
        _section("Relief that lasts", _lasting()),
        _section("Without drug, and with other drugs", _others()),
        _section("Mood, fatigue and thinking", _mood()),
        _section("During a session", _session()),
        _section("Long or heavy use", _long_use()),
    ]
    return "\n\n".join(parts) + "\n"


def _soon() -> Iterator[str]:
    early, late = (_pair(TRIAL, when) for when in ("15 min", "180 min"))
    people = study(TRIAL).size.randomised
    yield (
        f"The one blinded fibromyalgia trial with a long follow-up gave {people} people one "
        f"infusion. More than half of the pain was gone in {early} after 15 minutes, and in {late} "
        f"after 180 minutes. `studies {TRIAL}`"
    )
    yield f"In the same trial: {_finding(TRIAL, 'closely')}. `studies {TRIAL}`"
    test = _responders(study("cohen_2006_fm").observation, "ketamine", 50.0)
    yield (
        f"After a short, low dose without a control group {test.responders} of {test.n} people had "
        "half of their pain gone. `studies cohen_2006_fm`"
    )
    rule = pick("rule", "asra2018.indication.fibromyalgia", safety().guideline_rule)
    strength = (rule.evidence or "none").replace("_", " ")
    yield (
        f"A guideline on evidence in fibromyalgia: {strength} for {rule.horizon}, "
        f"{rule.later_evidence} for later (grade {rule.grade}, {rule.certainty} certainty). "
        f"`safety {rule.id}`"
    )


def _lasting() -> Iterator[str]:
    week, months = (_pair(TRIAL, when) for when in ("1 week", "8 week"))
    yield (
        f"In fibromyalgia after one infusion: {week} after a week, {months} after eight weeks; "
        f"{_finding(TRIAL, '8 weeks')}. `studies {TRIAL}`"
    )
    drug, placebo = (_mean(LONG_TRIAL, arm) for arm in ("s_ketamine", "placebo"))
    gone = next(
        o for o in study(LONG_TRIAL).observation if isinstance(o, Contrast) and o.p is not None
    )
    yield (
        f"In another pain syndrome (CRPS), after about 100 h of S-ketamine: mean pain "
        f"{drug.value:g} against {placebo.value:g} of 10 on placebo after a week, no longer told "
        f"apart after 12 weeks (p = {gone.p:g}). `studies {LONG_TRIAL}`"
    )
    half, c50 = (_number("dahan_2011_crps_slow", n) for n in ("t_half_onset_offset", "C50"))
    yield (
        f"A model of that trial: half-time {half.value:g} days ({half.ci_low:g} to "
        f"{half.ci_high:g}), half of the effect at {c50.value:g} ng/mL ({c50.ci_low:g} to "
        f"{c50.ci_high:g}). "
        "`effects dahan_2011_crps_slow`"
    )


def _others() -> Iterator[str]:
    pooled = comparator("placebo.haeuser_2011")
    thirty, fifty = (
        next(r for r in pooled.relief if r.threshold_percent == level) for level in (30, 50)
    )
    yield (
        f"On placebo tablets, after {pooled.duration_at_least}s or more, "
        f"{thirty.placebo_percent:g} of 100 people had 30 percent less pain and "
        f"{fifty.placebo_percent:g} had 50 percent less ({pooled.trials} trials, {pooled.n} "
        f"people). `comparators {pooled.id}`"
    )
    for name, level in DAILY:
        row = comparator(name)
        relief = next(r for r in row.relief if r.threshold_percent == level and r.drug_percent)
        yield (
            f"{row.treatment.capitalize()} {row.dose}: {relief.drug_percent:g} against "
            f"{relief.placebo_percent:g} of 100 people with {level} percent less pain. "
            f"`comparators {name}`"
        )
    opioid = comparator("strong_opioids.guidance")
    says = f"{opioid.recommendation}; {opioid.findings[0]}"
    yield f"{opioid.treatment.capitalize()}: {says}. `comparators {opioid.id}`"


def _mood() -> Iterator[str]:
    single = study("murrough_2013_rct_trd")
    drug, control = (_mean(single.id, arm) for arm in ("ketamine", "midazolam"))
    yield (
        f"In people with depression, a day after one infusion: score changed by {drug.value:g} "
        f"against {control.value:g} on midazolam. `studies {single.id}`"
    )
    fatigue = study("saligan_2026_fatigue")
    yield (
        f"Fatigue, {fatigue.size.total} people, crossover: {fatigue.findings[0]}. "
        f"`studies {fatigue.id}`"
    )
    words = pick("effect", "olofsen_2012_norketamine", effects())
    yield f"While the drug is there: {words.findings[0]}. `effects {words.id}`"


def _session() -> Iterator[str]:
    rise = pick("row", "yale_ketamine_iv_7y", safety().circulation)
    found = rise.sbp_rise_mmhg, rise.dbp_rise_mmhg
    ends = "/".join(f"{u.value:g}" for u in found if u is not None)
    yield (
        f"Blood pressure rises by {ends} mmHg on average in {rise.n_sessions} infusions, and "
        f"severely in {rise.severe_percent_sessions:g} of 100. `safety {rise.id}`"
    )
    window = pick("row", "dissociation_window_iv", safety().session)
    yield (
        f"Feeling detached: from {' to '.join(window.between or ())} after the dose "
        f"({window.route}). `safety {window.id}`"
    )
    gone = pick("row", "fm_side_effect_duration", safety().session)
    yield (
        f"In the fibromyalgia trials side effects were gone {' to '.join(gone.between or ())} "
        f"after the infusion. `safety {gone.id}`"
    )


def _long_use() -> Iterator[str]:
    liver = pick("row", "hepatotoxicity_noppers_2011", safety().long_term)
    yield (
        f"Liver: {liver.affected} of {liver.n_exposed} people after {liver.exposure}: "
        f"{liver.definition}. `safety {liver.id}`"
    )
    for name, what in (
        ("urinary_recreational_uk", "urinary symptoms"),
        ("dependence_recreational_uk", "signs of it"),
    ):
        row = pick("row", name, safety().long_term)
        yield (
            f"{row.organ.capitalize()}: {what} in {row.affected_percent:g} of 100 among "
            f"{row.n_exposed} people with {row.exposure}. `safety {name}`"
        )


def unknown_page(runs: StoredRuns) -> str:
    """The page "What this cannot tell you"; `runs` are the stored runs of the claims."""
    parts = [
        "# What this cannot tell you",
        "Made from the library and from the stored runs by `python tools/credibility.py known`. "
        "What a run leaves open is inside its intervals only if it is drawn; what is listed here "
        "as not varied, or as not seen, is not.",
        _section("What nobody has tested", _untested()),
        _section("What is a choice of ours", _assumed()),
        _section("What was looked for and not seen", _not_seen()),
        _section("Whose bodies are behind it", _people()),
        _section("What is not computed", _lacks(runs)),
        _section(
            "What was kept apart",
            _withheld(),
            "What these studies found is not in the library, so that the models can be tested "
            "against it.",
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _untested() -> Iterator[str]:
    for claim in claims():
        if claim.verdict in ("untested", "not_shown"):
            verdict = "nobody has tested it" if claim.verdict == "untested" else "not shown"
            yield f"{claim.says} {verdict.capitalize()}: {claim.why} `claims {claim.id}`"


def _assumed() -> Iterator[str]:
    effects_of_ours = set(pd_model_ids())
    rows = [r for r in ledger() if r.model in effects_of_ours]
    chosen = [r for r in rows if "value" in r.assumed]
    transfer = next(r for r in rows if r.id == "slow_lag.transfer")
    yield (
        f"{len(chosen)} of {len(rows)} numbers of the effects are assumed; `sordino evidence "
        "parameters` lists them first, with the reason."
    )
    yield (
        f"Above all, how much of the lasting effect seen in CRPS exists in fibromyalgia: "
        f"{transfer.uncertainty} is drawn. `parameters {transfer.id}`"
    )
    fixed = [r.id for r in chosen if r.uncertainty.startswith("taken")]
    yield f"Assumed and not even varied: {', '.join(f'`{name}`' for name in fixed)}."


def _not_seen() -> Iterator[str]:
    for name in pd_model_ids():
        model = load_pd_model(name)
        if model.not_seen:
            yield f"{model.title}: {'; '.join(model.not_seen)}. (`{name}`)"


def _people() -> Iterator[str]:
    for name in pk_model_ids():
        model = load_pk_model(name)
        about = model.applicability.population or "population not seen"
        yield f"`{name}`: {about.rstrip('.')}."
    yield f"{ALWAYS[0].upper()}{ALWAYS[1:]}."


def _lacks(runs: StoredRuns) -> Iterator[str]:
    for run in runs.runs.values():
        for text in run["lacks"]:
            yield f"{text} (`claims {run['claim']}`)"


def _withheld() -> Iterator[str]:
    for row in studies():
        if row.role == "withheld":
            yield f"`{row.id}`"


def _section(title: str, lines: Iterator[str], first: str = "") -> str:
    start = [f"## {title}", "", *([first, ""] if first else [])]
    return "\n".join([*start, *(f"- {line}" for line in lines)])


def _pair(name: str, time: str) -> str:
    """Both arms of a study at a time: `8 of 12 people against 3 of 12 on midazolam`."""
    seen = [o for o in study(name).observation if isinstance(o, Responders) and o.time == time]
    control = {arm.name for arm in study(name).arm if arm.control}
    drug = next(o for o in seen if o.arm not in control)
    other = next(o for o in seen if o.arm in control)
    return f"{drug.responders} of {drug.n} against {other.responders} of {other.n} on {other.arm}"


def _responders(seen: Sequence[Observation], arm: str, threshold: float) -> Responders:
    return next(
        o
        for o in seen
        if isinstance(o, Responders) and o.arm == arm and o.threshold_percent == threshold
    )


def _mean(name: str, arm: str) -> Mean:
    return next(o for o in study(name).observation if isinstance(o, Mean) and o.arm == arm)


def _finding(name: str, word: str) -> str:
    return next(text for text in study(name).findings if word in text)


def _number(name: str, wanted: str) -> Number:
    row = pick("effect", name, effects())
    found = {number.name.replace(" ", "_"): number for number in row.number}
    if wanted not in found:
        raise UnknownName("number", wanted, found)
    return found[wanted]
