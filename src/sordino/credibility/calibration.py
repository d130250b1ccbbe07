"""What the calibration stored about itself, as checks.

`sordino calibrate` writes a summary beside the posterior draws: every published number beside
what the fitted model expects, and how well the chains agree; and, when it is asked for, the ranks
of simulation-based calibration. Without a shipped calibration nothing was checked, and that is
said.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.stats import binom

from sordino.credibility.checks import Result, Section, Status, within
from sordino.documents import read_document
from sordino.errors import DocumentError
from sordino.library.posterior.shipped import FOLDER, SUMMARY, read_draws

RANKS = "sbc.json"
INTERVAL = 0.9
"""The part of predictions that an interval of the summary holds."""
RHAT_LIMIT, LEAST_ESS = 1.01, 400.0
CHANCE = 0.01
"""Ranks or coverage that are less likely than this by chance fail."""

Form = TypeVar("Form", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Shown(_Part):
    row: str
    study: str
    what: str
    unit: str
    fitted: bool
    published: float
    predicted: tuple[float, float, float]
    inside: bool


class _Diagnostics(_Part):
    worst_rhat: float
    least_ess: float
    divergences: int


class _Made(_Part):
    data_digest: str
    prior_digest: str


class _Summary(_Part):
    made: _Made
    diagnostics: _Diagnostics
    studies: tuple[_Shown, ...]


class _Ranks(_Part):
    fits: int
    overall_p: float


def study_checks() -> Iterator[Result]:
    """Every published number beside its prediction; a stored miss is a known one."""
    stored = _stored()
    if stored is None:
        yield _not_done("validation", "calibrated readouts against studies", COMPARED)
        return
    for shown in stored.studies:
        low, middle, high = shown.predicted
        use = "fitted" if shown.fitted else "compared, never fitted"
        yield Result(
            section="validation",
            kind="study",
            subject=shown.study,
            name=f"{shown.row}: {shown.what}",
            status="pass" if shown.inside else "known miss",
            place=shown.row,
            note=f"{use}; 90 percent interval of what a study of this size would print",
            unit=shown.unit,
            expected=middle,
            low=low,
            high=high,
            found=shown.published,
        )


def posterior_checks() -> Iterator[Result]:
    """Convergence, coverage of the studies, ranks, and whether the draws are of these files."""
    stored = _stored()
    if stored is None:
        yield _not_done("uncertainty", "posterior: convergence, ranks, coverage", DRAWN)
        return
    found = stored.diagnostics
    yield _limit("largest R-hat", found.worst_rhat, 0.0, RHAT_LIMIT, "chains agree")
    error, most = max(found.least_ess, 1.0) ** -0.5, LEAST_ESS**-0.5
    of = f"in standard deviations; effective sample size {found.least_ess:.0f}"
    yield _limit("largest error of a posterior mean", error, 0.0, most, of)
    yield _limit("divergences", float(found.divergences), 0.0, 0.0, "the sampler got everywhere")
    yield from _coverage(stored.studies)
    yield _ranks()
    yield _of_these_files(stored.made)


COMPARED = (
    "no calibration ships with this version, so the effects on pain, dissociation and circulation "
    "are compared with no study here"
)
DRAWN = (
    "no calibration ships with this version: what is drawn are the ranges of the effect files, and "
    "whether their intervals hold what studies saw was not tested"
)


def _not_done(section: Section, name: str, note: str) -> Result:
    return Result(
        section=section,
        kind="calibration",
        subject="effects",
        name=name,
        status="not done",
        place="",
        note=note,
    )


def _limit(name: str, found: float, low: float, high: float, note: str) -> Result:
    return _checked(name, within(found, low, high), note, found, low, high)


def _checked(name: str, status: Status, note: str, found: float, low: float, high: float) -> Result:
    return Result(
        section="uncertainty",
        kind="calibration",
        subject="posterior",
        name=name,
        status=status,
        place="stored with the draws",
        note=note,
        expected=None,
        low=low,
        high=high,
        found=found,
    )


def _coverage(shown: tuple[_Shown, ...]) -> Iterator[Result]:
    """Whether as many published numbers lie in their intervals as should."""
    for fitted, name in ((True, "fitted numbers inside"), (False, "numbers never fitted inside")):
        inside = [s.inside for s in shown if s.fitted == fitted]
        if inside:
            least = float(binom.ppf(CHANCE, len(inside), INTERVAL)) / len(inside)
            note = f"{sum(inside)} of {len(inside)} in their 90 percent intervals"
            yield _limit(name, sum(inside) / len(inside), least, 1.0, note)


def _ranks() -> Result:
    path = FOLDER / RANKS
    if not path.exists():
        note = "no ranks are stored: sordino calibrate --sbc"
        return _not_done("uncertainty", "simulation-based calibration", note)
    found = _form(_Ranks, read_document(path), path)
    note = f"chance of ranks at least so uneven, {found.fits} fits to made-up studies"
    return _limit("simulation-based calibration", found.overall_p, CHANCE, 1.0, note)


def _of_these_files(made: _Made) -> Result:
    from sordino.calibrate.rows import evidence
    from sordino.calibrate.shipping import data_digest, prior_digest

    here = (data_digest(evidence().fitted), prior_digest())
    same = (made.data_digest, made.prior_digest) == here
    note = "the files that the draws were made from are those here"
    return _checked(
        "draws belong to these files", "pass" if same else "FAIL", note, float(same), 1.0, 1.0
    )


def _stored() -> _Summary | None:
    """The summary that ships with the draws; None where there is none."""
    if not (FOLDER / SUMMARY).exists():
        return None
    return _form(_Summary, dict(read_draws(FOLDER).about), FOLDER / SUMMARY)


def _form(form: type[Form], table: dict[str, Any], path: Path) -> Form:
    try:
        return form.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"this is no summary of a calibration: {where}: {first['msg']}"
        raise DocumentError(what, where=str(path)) from None
