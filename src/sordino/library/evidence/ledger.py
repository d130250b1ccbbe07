"""The ledger: every parameter of every model of the library, what is assumed first."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sordino.library import posterior
from sordino.library.cite import keys_in
from sordino.library.parts import Origin, Parameter, Source, Variability
from sordino.library.pd_schema import PdModel, PdParameter, Prior, load_pd_model, pd_model_ids
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import PkModel

SPREAD = {
    "variance": "variance of the log",
    "sd_log": "standard deviation of the log",
    "sd_logit": "standard deviation of the logit",
    "cv_percent": "percent, coefficient of variation",
}
NO_SOURCE = Source(kind="none")


@dataclass(frozen=True)
class LedgerRow:
    """One parameter: its value, how sure it is, how people differ, and where it is from.

    `id` is the model and the name ("slow_lag.transfer"), `about` the title of the model.
    `assumed` names what of it no source gives: the value, how sure we are, a spread.
    """

    id: str
    model: str
    about: str
    name: str
    value: float
    unit: str
    standard_error: float | None
    low: float | None
    high: float | None
    uncertainty: str
    between_people: str
    between_sessions: str
    origin: Origin
    assumed: tuple[str, ...]
    source: str
    url: str
    place: str
    note: str
    cites: tuple[str, ...]


@functools.lru_cache(maxsize=1)
def ledger() -> tuple[LedgerRow, ...]:
    """Every parameter of the effects and of the drug models.

    First those whose value is assumed, then those of which something else is, then the rest;
    within each, effects before drug models, in the order of their files.
    """
    rows = [*_of_effects(), *_of_drug_models()]
    return tuple(sorted(rows, key=_rank))


def _rank(row: LedgerRow) -> int:
    return 0 if "value" in row.assumed else 1 if row.assumed else 2


def _of_effects() -> Iterator[LedgerRow]:
    for name in pd_model_ids():
        model = load_pd_model(name)
        for parameter in model.parameter:
            yield _row(model, model.citations, parameter, parameter.prior)


def _of_drug_models() -> Iterator[LedgerRow]:
    for name in pk_model_ids():
        model = load_pk_model(name)
        for parameter in model.parameter:
            yield _row(model, (model.citation.key,), parameter, None)


def _row(
    model: PdModel | PkModel,
    cites: tuple[str, ...],
    parameter: Parameter | PdParameter,
    prior: Prior | None,
) -> LedgerRow:
    source = model.sources.get(parameter.source, NO_SOURCE)
    return LedgerRow(
        id=f"{model.id}.{parameter.name}",
        model=model.id,
        about=model.title,
        name=parameter.name,
        value=parameter.value,
        unit=f"{parameter.unit} at {parameter.at}" if parameter.at else parameter.unit,
        standard_error=parameter.standard_error,
        low=parameter.low,
        high=parameter.high,
        uncertainty=calibrated(model.id, parameter) or _uncertainty(parameter, prior),
        between_people=_between_people(model.id, parameter),
        between_sessions=_spread(parameter.iov),
        origin=parameter.origin,
        assumed=tuple(_assumed(model.id, parameter, prior)),
        source="" if source == NO_SOURCE else source.kind,
        url=source.url,
        place=parameter.place,
        note="; ".join(text for text in (parameter.note, prior.note if prior else "") if text),
        cites=_cites(source, cites),
    )


def _cites(source: Source, of_model: tuple[str, ...]) -> tuple[str, ...]:
    """What the number rests on: what its source names, else the paper that the source is of."""
    if source == NO_SOURCE:
        return ()
    return keys_in(f"{source.kind} {source.url} {source.also}") or of_model


def _assumed(owner: str, parameter: Parameter, prior: Prior | None) -> Iterator[str]:
    if parameter.origin == "assumed":
        yield "value"
    # A published value may still be drawn from a range that somebody had to choose.
    chosen = prior is not None and prior.note.startswith("assumed")
    if chosen and not was_learned(owner, parameter.name):
        yield "how sure we are"
    for what, spread in (("people", parameter.iiv), ("sessions", parameter.iov)):
        if spread is not None and spread.origin == "assumed":
            if what == "people" and was_learned(owner, posterior.OMEGA + parameter.name):
                continue
            yield f"spread between {what}"


def was_learned(owner: str, name: str) -> bool:
    """Whether studies narrowed what an effect file says."""
    found = posterior.draws()
    return name in found.by_effect.get(owner, {}) and found.lesson(name) not in ("", "nothing")


def calibrated(owner: str, parameter: Parameter) -> str:
    """What the calibration made of a parameter, in words; "" where it has none."""
    name = parameter.name
    found = posterior.draws()
    if name not in found.by_effect.get(owner, {}):
        return ""
    lesson = found.lesson(name)
    own = f"{name}{posterior.OF_STUDIES}"
    among = f"; the mean of studies {_ends(own)}" if own in found.values else ""
    taught = f"; the studies taught {lesson}" if lesson else ""
    return f"calibrated: {_ends(name)} in 90 of 100 draws{among}{taught}"


def _ends(name: str) -> str:
    """The median of the draws and where 90 of 100 of them lie."""
    low, high = posterior.draws().range(name)
    return f"{np.median(posterior.draws().values[name]):.3g} ({low:.3g} to {high:.3g})"


def _between_people(owner: str, parameter: Parameter) -> str:
    spread = posterior.OMEGA + parameter.name
    if spread in posterior.draws().by_effect.get(owner, {}):
        return f"{_ends(spread)} ({SPREAD['sd_log']}, calibrated)"
    return _spread(parameter.iiv)


def _spread(spread: Variability | None) -> str:
    return "" if spread is None else f"{spread.value:g} ({SPREAD[spread.kind]})"


def _uncertainty(parameter: Parameter, prior: Prior | None) -> str:
    if prior is not None:
        return drawn(prior)
    error = parameter.standard_error
    if error is not None:
        return f"standard error {error:.3g}"
    if parameter.low is not None and parameter.high is not None:
        return f"taken as it is; range {parameter.low:g} to {parameter.high:g}"
    return "taken as it is"


def drawn(prior: Prior) -> str:
    """The range that a value is drawn from, in words."""
    if prior.distribution == "uniform":
        return f"any value from {prior.low:g} to {prior.high:g}"
    if prior.distribution == "loguniform":
        return f"any value from {prior.low:g} to {prior.high:g}, even on the log"
    scale = {"lognormal": "log scale", "logit": "logit scale", "normal": "plain scale"}
    return f"standard deviation {prior.sd:g} on the {scale[prior.distribution]}"
