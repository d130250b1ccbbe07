"""What is not known about a course: parameters of effects one by one, drug models as a whole.

Each unknown is drawn from the calibration, one by one (correlations between calibrated unknowns
are left out), or from what its library file says: a prior, or the published standard error. The
inputs of an unknown are standard normal numbers, one for each of its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from scipy.stats import norm

from sordino.library import posterior
from sordino.library.evidence.ledger import drawn
from sordino.library.parts import Parameter
from sordino.library.pd_schema import PdParameter, load_pd_model
from sordino.library.schema import PkModel
from sordino.population import (
    drawn_value,
    share_draws,
)
from sordino.simulation.engine import CourseEngine, TypicalDraws

OF_PAIN = ("equivalence", "fast_effect", "slow_lag", "slow_turnover", "placebo", "day_to_day")
"""Effects that pain depends on."""
EDGE = 1e-9


@dataclass(frozen=True)
class Unknown:
    """Something that is not known: its name, what it is drawn from, where it stands.

    `parameters`: pairs of owner (an effect file or a drug model) and parameter. Those of one
    effect share one number; each of a drug model has its own. `gap`: what the library says that
    nobody saw. `drawn`: draws of the calibration, sorted.
    """

    name: str
    about: str
    range: str
    assumed: bool
    gap: str
    parameters: tuple[tuple[str, Parameter], ...]
    model: PkModel | None = None
    drawn: np.ndarray | None = None

    @property
    def inputs(self) -> int:
        """How many standard normal numbers it takes."""
        return 1 if self.model is None else len(self.parameters)

    def values(self, z: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
        """Typical values (run,) by owner and name from the numbers (input, run)."""
        found: dict[str, dict[str, np.ndarray]] = {}
        for k, (owner, parameter) in enumerate(self.parameters):
            own = z[0 if self.model is None else k]
            found.setdefault(owner, {})[self._key(parameter)] = self._value(parameter, own)
        if self.model is not None:
            found[self.model.id] |= _shared(self.model, found[self.model.id])
        return found

    def _key(self, parameter: Parameter) -> str:
        return self.name if self.name == posterior.OMEGA + parameter.name else parameter.name

    def _value(self, parameter: Parameter, z: np.ndarray) -> np.ndarray:
        if self.drawn is not None:
            return np.quantile(self.drawn, norm.cdf(z))
        return np.asarray(drawn_value(parameter, jnp.asarray(z)))


def unknowns_of(engine: CourseEngine) -> tuple[Unknown, ...]:
    """Everything about pain in a course that is drawn: effects first, then drug models."""
    return (*_of_effects(engine), *_of_models(engine))


def typical_draws(unknowns: Sequence[Unknown], uniform: np.ndarray) -> TypicalDraws:
    """Typical values in every run from numbers (input, run), uniform on 0 to 1."""
    z = norm.ppf(np.clip(uniform, EDGE, 1.0 - EDGE))
    found: dict[str, dict[str, np.ndarray]] = {}
    for unknown, inputs in zip(unknowns, groups_of(unknowns), strict=True):
        for owner, values in unknown.values(z[inputs]).items():
            found.setdefault(owner, {}).update(values)
    return found


def groups_of(unknowns: Sequence[Unknown]) -> list[list[int]]:
    """The numbers of the inputs of each unknown."""
    ends = np.cumsum([unknown.inputs for unknown in unknowns])
    return [list(range(end - u.inputs, end)) for u, end in zip(unknowns, ends, strict=True)]


def _of_effects(engine: CourseEngine) -> Iterator[Unknown]:
    by_name: dict[str, list[tuple[str, PdParameter]]] = {}
    for effect in (name for name in OF_PAIN if name in engine.effects):
        learned = posterior.draws().by_effect.get(effect, {})
        for parameter in load_pd_model(effect).parameter:
            own = [n for n in (parameter.name, posterior.OMEGA + parameter.name) if n in learned]
            if parameter.prior is not None and parameter.name not in own:
                own.append(parameter.name)
            for name in own:
                by_name.setdefault(name, []).append((effect, parameter))
    for name, entries in by_name.items():
        owner, parameter = entries[-1]
        found = posterior.draws()
        learned = name in found.by_effect.get(owner, {})
        effect = load_pd_model(owner)
        yield Unknown(
            name=name,
            about=effect.title,
            range=_calibrated(name) if learned else _by_file(parameter),
            assumed=_assumed(name, parameter),
            gap="; ".join(effect.not_seen),
            parameters=tuple(entries),
            drawn=np.sort(found.values[name]) if learned else None,
        )


def _calibrated(name: str) -> str:
    low, high = posterior.draws().range(name)
    unit = posterior.draws().about["units"][name]
    return f"calibrated: {low:.3g} to {high:.3g} {unit} in 90 of 100 draws"


def _by_file(parameter: PdParameter) -> str:
    assert parameter.prior is not None
    if parameter.prior.sd is None:
        return drawn(parameter.prior)
    return f"{drawn(parameter.prior)} around {parameter.value:g} {parameter.unit}"


def _assumed(name: str, parameter: PdParameter) -> bool:
    """Whether the range is an assumption that no study narrowed."""
    if posterior.draws().lesson(name) not in ("", "nothing"):
        return False
    note = "" if parameter.prior is None else parameter.prior.note
    return parameter.origin == "assumed" or note.startswith("assumed")


def _of_models(engine: CourseEngine) -> Iterator[Unknown]:
    for model in {g.model.id: g.model for g in engine.groups}.values():
        parameters = tuple((model.id, p) for p in model.parameter if p.standard_error)
        if parameters:
            yield Unknown(
                name=f"blood levels ({model.id})",
                about=model.title,
                range=f"standard errors of {len(parameters)} parameters",
                assumed=False,
                gap="; ".join(model.not_seen),
                parameters=parameters,
                model=model,
            )


def _shared(model: PkModel, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Parameters that move together with those drawn."""
    runs = len(next(iter(values.values())))
    typical = {p.name: np.full(runs, p.value) for p in model.parameter} | values
    moved = share_draws(model, {name: jnp.asarray(v) for name, v in typical.items()})
    return {s.parameter: np.asarray(moved[s.parameter]) for s in model.share if s.of in values}
