r"""Textbook solutions of linear compartment models, in fifty decimal digits.

The amount in the central compartment after a unit bolus is a sum of exponentials, whose
coefficients are the residues of the transfer function. Infusions, repeated doses and the steady
state follow from it by integration and geometric sums:

    bolus            sum_i c_i e^{-r_i s}
    infusion         sum_i (c_i / r_i) (1 - e^{-r_i s})                       while it runs
                     sum_i (c_i / r_i) (e^{-r_i (s - T)} - e^{-r_i s})        afterwards
    train of doses   sum over all doses in the past, a geometric series for each exponential

Sources: Bertrand and Mentré, Mathematical Expressions of the Pharmacokinetic and Pharmacodynamic
Models implemented in the Monolix software, INSERM U738, 2008, chapter 1 (one to three compartments,
each as single dose, multiple doses and steady state); what a record does to the doses before it is
read from NONMEM Users Guide VI, chapter V (sections B, F and K).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise

DIGITS = 50
NUDGE = Decimal(10) ** -20
"""Equal rates are told apart by this much; the limit is then met to about twenty digits."""

ROUNDING = Decimal(10) ** -30
"""Smaller amounts (mg) are what rounding leaves where terms cancel."""

Number = Decimal | str | int


@dataclass(frozen=True)
class Term:
    """One exponential of a response: coefficient and rate (1/h)."""

    coefficient: Decimal
    rate: Decimal


def response(gain: Decimal, zeros: Sequence[Decimal], poles: Sequence[Decimal]) -> tuple[Term, ...]:
    """Residues of gain * prod(s + zero) / prod(s + pole) at its poles, which may be equal."""
    apart = [pole * (1 + n * NUDGE) for n, pole in enumerate(poles)]
    terms: list[Term] = []
    for n, rate in enumerate(apart):
        value = gain
        for zero in zeros:
            value *= zero - rate
        for m, other in enumerate(apart):
            if m != n:
                value /= other - rate
        terms.append(Term(value, rate))
    return tuple(terms)


def roots(polynomial: Callable[[Decimal], Decimal], brackets: Sequence[Decimal]) -> list[Decimal]:
    """The root of a function between each pair of neighbouring brackets, by bisection."""
    found: list[Decimal] = []
    for low, high in pairwise(brackets):
        below = polynomial(low) > 0
        for _ in range(200):
            middle = (low + high) / 2
            if (polynomial(middle) > 0) == below:
                low = middle
            else:
                high = middle
        found.append((low + high) / 2)
    return found


@dataclass(frozen=True)
class Mammillary:
    """A central compartment with any number of peripheral ones, and a depot if `ka` is given."""

    volume: Decimal
    elimination: Decimal
    outward: tuple[Decimal, ...] = ()
    inward: tuple[Decimal, ...] = ()
    ka: Decimal | None = None

    @property
    def central(self) -> int:
        """Number of the central compartment, counted as NONMEM does."""
        return 1 if self.ka is None else 2

    def poles(self) -> list[Decimal]:
        """Rates of the exponentials without absorption: roots that the inward rates separate."""
        if not self.inward:
            return [self.elimination]

        def characteristic(rate: Decimal) -> Decimal:
            whole = self.elimination + sum(self.outward) - rate
            product = Decimal(1)
            for k in self.inward:
                product *= k - rate
            value = whole * product
            for n, (out, _) in enumerate(zip(self.outward, self.inward, strict=True)):
                others = Decimal(1)
                for m, k in enumerate(self.inward):
                    others *= k - rate if m != n else 1
                value -= out * self.inward[n] * others
            return value

        most = self.elimination + sum(self.outward) + sum(self.inward)
        return roots(characteristic, [Decimal(0), *sorted(self.inward), most])

    @cache  # noqa: B019 (a model is a small value, and equal models share their terms)
    def terms(self, compartment: int) -> tuple[Term, ...]:
        """Amount in the central compartment after a unit bolus into `compartment`."""
        poles = self.poles()
        if compartment == self.central:
            return response(Decimal(1), self.inward, poles)
        if compartment < self.central and self.ka is not None:
            return response(self.ka, self.inward, [*poles, self.ka])
        n = compartment - self.central - 1
        others = [k for m, k in enumerate(self.inward) if m != n]
        return response(self.inward[n], others, poles)


@dataclass(frozen=True)
class Input:
    """One dose, or with `interval` all doses that came before it at this interval.

    `start` is when it enters (h), after any lag. With `duration` zero it is a bolus of `amount`
    (mg); otherwise `amount` enters evenly. An endless infusion has no amount but a `rate` (mg/h)
    and ends at `start`.
    """

    terms: tuple[Term, ...]
    start: Decimal
    amount: Decimal = Decimal(0)
    duration: Decimal = Decimal(0)
    interval: Decimal | None = None
    rate: Decimal = Decimal(0)

    def at(self, time: Decimal) -> Decimal:
        """Amount in the central compartment at `time` that comes from this input."""
        since = time - self.start
        if self.rate:
            return sum(
                (self.rate * t.coefficient / t.rate * (-t.rate * since).exp() for t in self.terms),
                Decimal(0),
            )
        if self.interval is not None:
            return sum((self._train(t, since) for t in self.terms), Decimal(0))
        if since < 0:
            return Decimal(0)
        return sum((self._single(t, since) for t in self.terms), Decimal(0))

    def _single(self, term: Term, since: Decimal) -> Decimal:
        if not self.duration:
            return self.amount * term.coefficient * (-term.rate * since).exp()
        scale = self.amount / self.duration * term.coefficient / term.rate
        ran = min(since, self.duration)
        return scale * ((-term.rate * (since - ran)).exp() - (-term.rate * since).exp())

    def _train(self, term: Term, since: Decimal) -> Decimal:
        """All doses at start - j * interval, j = 1, 2, ..."""
        assert self.interval is not None
        gap = self.interval
        step = (-term.rate * gap).exp()

        def after(first: int) -> Decimal:
            return (-term.rate * (since + first * gap)).exp() / (1 - step)

        if not self.duration:
            return self.amount * term.coefficient * after(1)
        scale = self.amount / self.duration * term.coefficient / term.rate
        running = 0
        while since + (running + 1) * gap < self.duration:
            running += 1
        still = running - (after(1) - after(running + 1))
        over = ((term.rate * self.duration).exp() - 1) * after(running + 1)
        return scale * (still + over)


@dataclass(frozen=True)
class Dosing:
    """Bioavailability, lag (h), infusion rate (mg/h) and duration (h) by compartment number."""

    bioavailability: Mapping[int, Decimal] = field(default_factory=dict[int, Decimal])
    lag: Mapping[int, Decimal] = field(default_factory=dict[int, Decimal])
    rate: Mapping[int, Decimal] = field(default_factory=dict[int, Decimal])
    duration: Mapping[int, Decimal] = field(default_factory=dict[int, Decimal])


def inputs_of(record: Mapping[str, Decimal], model: Mammillary, how: Dosing) -> list[Input]:
    """What one dose record adds: implied doses, the dose itself, additional doses."""
    compartment = int(record["CMT"])
    terms = model.terms(compartment)
    time, rate, interval = record["TIME"], record["RATE"], record["II"]
    if record["SS"] and not record["AMT"]:
        return [Input(terms, time, rate=rate)]
    amount = record["AMT"] * how.bioavailability.get(compartment, Decimal(1))
    start = time + how.lag.get(compartment, Decimal(0))
    duration = Decimal(0)
    if rate == -2:
        duration = how.duration[compartment]
    elif rate:
        duration = amount / (how.rate[compartment] if rate == -1 else rate)
    one = Input(terms, start, amount, duration)
    implied = [Input(terms, start, amount, duration, interval)] if record["SS"] else []
    more = [
        Input(terms, start + n * interval, amount, duration)
        for n in range(1, int(record["ADDL"]) + 1)
    ]
    return [*implied, one, *more]


def predicted(
    records: Sequence[Mapping[str, Number]],
    model: Mammillary,
    how: Callable[[Mapping[str, Decimal]], Dosing] = lambda record: Dosing(),
) -> list[Decimal]:
    """Concentration in the central compartment (mg/L) at every record of one person.

    `records` are in their order and have TIME, EVID, AMT, CMT, SS, II, ADDL, RATE. Resets, and
    steady-state records with SS = 1, forget every dose before them. `how` gives the dosing
    parameters of a dose record.
    """
    with localcontext() as context:
        context.prec = DIGITS
        active: list[Input] = []
        found: list[Decimal] = []
        for given in records:
            record = {name: Decimal(str(value)) for name, value in given.items()}
            kind = int(record["EVID"])
            if kind in (3, 4) or (kind == 1 and record["SS"] == 1):
                active = []
            if kind in (1, 4):
                active += inputs_of(record, model, how(record))
            amount = sum((one.at(record["TIME"]) for one in active), Decimal(0))
            found.append(amount / model.volume if abs(amount) > ROUNDING else Decimal(0))
        return found
