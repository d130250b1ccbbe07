"""What holds for every model and every record of doses, with individual dosing histories.

The reference walks one individual in plain Python, one record after the other, with SciPy's
matrix exponential. It shares the rules of the data set with the engine, not a line of code.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from sordino.events.table import EventTable
from sordino.library.schema import PkModel
from sordino.pk.histories import predict_amounts

EXAMPLES = settings(max_examples=25)
RELATIVE = 1e-9  # SciPy's exponential loses digits where rates differ by orders of magnitude
OF_PEAK = 1e-13
COMPARTMENTS = 3
LINKS = [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)]
LAG = [0.5, 0.0, 1.25]
SHARE = [0.75, 1.0, 0.5]


def model() -> PkModel:
    """Three compartments, every transfer between them, with lags and bioavailabilities."""
    flows = [
        {"from": f"c{a}", "to": f"c{b}", "rate": f"k{a}{b} * growth", "arrives": f"{0.5 + 0.1 * a}"}
        for a, b in LINKS
    ]
    lost = [{"from": f"c{a}", "rate": f"k{a}"} for a in range(COMPARTMENTS)]
    names = [f"k{a}{b}" for a, b in LINKS] + [f"k{a}" for a in range(COMPARTMENTS)]
    return PkModel.model_validate(
        {
            "schema": 1,
            "id": "graph",
            "covariate": [{"name": "growth", "typical": 1.0}],
            "parameter": [{"name": name, "value": 0.1, "iiv": IIV} for name in names],
            "compartment": [
                {"name": f"c{k}", "lag": str(LAG[k]), "bioavailability": str(SHARE[k])}
                for k in range(COMPARTMENTS)
            ],
            "flow": [*flows, *lost],
            "analyte": [{"name": "a", "compartment": "c1", "unit": "mg"}],
        }
    )


IIV: dict[str, Any] = {"kind": "sd_log", "value": 0.3}
MODEL = model()


@dataclass(frozen=True)
class Record:
    time: float
    evid: int = 0
    cmt: int = 1
    amt: float = 0.0
    rate: float = 0.0
    addl: int = 0
    ii: float = 0.0
    growth: float = 1.0


@dataclass(frozen=True)
class Person:
    records: tuple[Record, ...]
    etas: dict[str, float] = field(default_factory=dict[str, float])


def table_of(people: list[Person]) -> EventTable:
    """The event table of some people."""
    rows = [(k, r) for k, person in enumerate(people) for r in person.records]

    def real(name: str) -> np.ndarray:
        return np.array([getattr(r, name) for _, r in rows], float)

    def whole(name: str) -> np.ndarray:
        return np.array([getattr(r, name) for _, r in rows], np.int64)

    zero = np.zeros(len(rows), np.int64)
    return EventTable(
        row=np.arange(len(rows)) + 2,
        individual=np.array([k for k, _ in rows]),
        ids=tuple(str(k) for k in range(len(people))),
        time_h=real("time"),
        evid=whole("evid"),
        mdv=np.minimum(whole("evid"), 1),
        ss=zero,
        addl=whole("addl"),
        cmt=whole("cmt"),
        pcmt=zero,
        amt=real("amt"),
        rate=real("rate"),
        ii_h=real("ii"),
        duration_h=np.zeros(len(rows)),
        dv=np.full(len(rows), np.nan),
        dvid=zero,
        route=zero - 1,
        route_names=(),
        occasion=zero,
        covariates={"growth": real("growth")},
    )


def amounts(people: list[Person], carry: Any = "next") -> list[np.ndarray]:
    """Amounts after each record of each person."""
    table = table_of(people)
    typical = {name: p.value for name, p in MODEL.parameters.items()}
    etas = {
        name: np.array([person.etas.get(name, 0.0) for person in people])
        for name in MODEL.parameters
    }
    found = predict_amounts(MODEL, table, typical, etas, carry=carry).amounts
    return [found[table.individual == k] for k in range(len(people))]


def reference(person: Person, carry: str = "next") -> np.ndarray:
    """Amounts after each record, interval by interval."""
    rates = {name: 0.1 * np.exp(person.etas.get(name, 0.0)) for name in MODEL.parameters}

    def matrix(growth: float) -> np.ndarray:
        a = np.zeros((COMPARTMENTS, COMPARTMENTS))
        for start, end in LINKS:
            rate = rates[f"k{start}{end}"] * growth
            a[start, start] -= rate
            a[end, start] += rate * (0.5 + 0.1 * start)
        for k in range(COMPARTMENTS):
            a[k, k] -= rates[f"k{k}"]
        return a

    state = np.zeros(COMPARTMENTS)
    pending: list[tuple[float, int, float, float]] = []  # time, compartment, mg, mg/h
    running: list[tuple[float, int, float]] = []  # end, compartment, mg/h
    now = person.records[0].time
    rows: list[np.ndarray] = []
    previous = person.records[0]

    def run_to(then: float, a: np.ndarray) -> None:
        nonlocal now, state, running
        while now < then:
            end = min([then, *(t for t, _, _ in running)])
            full = np.zeros((COMPARTMENTS + 1, COMPARTMENTS + 1))
            full[:-1, :-1] = a
            for _, k, rate in running:
                full[k, -1] += rate
            state = (scipy.linalg.expm(full * (end - now)) @ [*state, 1.0])[:-1]
            now = end
            running = [r for r in running if r[0] > now]

    def give(k: int, mg: float, rate: float) -> None:
        if rate > 0:
            running.append((now + mg / rate, k, rate))
        else:
            state[k] += mg

    for record in person.records:
        if record.evid in (3, 4):
            state, pending, running, now = np.zeros(COMPARTMENTS), [], [], record.time
        a = matrix(record.growth if carry == "next" else previous.growth)
        for dose in sorted(d for d in pending if d[0] <= record.time):
            run_to(dose[0], a)
            give(*dose[1:])
        pending = [d for d in pending if d[0] > record.time]
        run_to(record.time, a)
        if record.evid in (1, 4):
            k = record.cmt - 1
            mg = record.amt * SHARE[k]
            for n in range(record.addl + 1):
                if n == 0 and LAG[k] == 0:
                    give(k, mg, record.rate)
                else:
                    pending.append((record.time + n * record.ii + LAG[k], k, mg, record.rate))
        rows.append(state.copy())
        previous = record
    return np.array(rows)


EIGHTHS = st.integers(0, 8 * 30).map(lambda n: n / 8)


@st.composite
def records(draw: st.DrawFn, resets: bool = True, steady_covariates: bool = False) -> Person:
    """A person with up to twelve records and rates of transfer over three orders of magnitude."""
    times = sorted(draw(st.lists(EIGHTHS, min_size=2, max_size=12)))
    found: list[Record] = []
    for time in times:
        evid = draw(st.sampled_from([0, 0, 1, 1, 2, *([3, 4] if resets else [])]))
        growth = 1.0 if steady_covariates else draw(st.sampled_from([0.5, 1.0, 1.0, 2.0]))
        if evid not in (1, 4):
            found.append(Record(time, int(str(evid)), 1, growth=growth))
            continue
        addl = draw(st.integers(0, 3))
        found.append(
            Record(
                time,
                evid,
                cmt=draw(st.integers(1, COMPARTMENTS)),
                amt=draw(st.sampled_from([1.0, 20.0, 300.0])),
                rate=draw(st.sampled_from([0.0, 2.0, 75.0])),
                addl=addl,
                ii=draw(st.sampled_from([0.5, 6.0, 12.0])) if addl else 0.0,
                growth=growth,
            )
        )
    etas = {name: draw(st.floats(-3.0, 3.0)) for name in MODEL.parameters}
    return Person((*found, Record(40.0)), etas)


def assert_near(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=RELATIVE, atol=OF_PEAK * 400.0)


@EXAMPLES
@given(st.lists(records(), min_size=1, max_size=4), st.sampled_from(["next", "last"]))
def test_agrees_with_a_plain_walk(people: list[Person], carry: str) -> None:
    for found, person in zip(amounts(people, carry), people, strict=True):
        assert_near(found, reference(person, carry))


@EXAMPLES
@given(st.lists(records(), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_order_of_individuals_does_not_matter(people: list[Person], random: Any) -> None:
    order = list(range(len(people)))
    random.shuffle(order)
    straight = amounts(people)
    shuffled = amounts([people[k] for k in order])
    for found, k in zip(shuffled, order, strict=True):
        np.testing.assert_allclose(found, straight[k], rtol=1e-12)


@EXAMPLES
@given(records(resets=False), records(resets=False))
def test_doses_superpose(one: Person, other: Person) -> None:
    """The amounts of two dose histories together are the sum of those of each."""
    times = sorted({r.time for r in (*one.records, *other.records)})
    etas = one.etas

    def seen(doses: list[Record]) -> Person:
        # A read at every time, after the doses of that time.
        both = [replace(d, growth=1.0) for d in doses if d.evid == 1]
        reads = [Record(time) for time in times]
        ordered = sorted([*both, *reads], key=lambda r: (r.time, r.evid == 0))
        return Person(tuple(ordered), etas)

    first, second = list(one.records), list(other.records)
    people = [seen(first), seen(second), seen(first + second)]
    reads = [
        found[np.array([r.evid == 0 for r in person.records])]
        for found, person in zip(amounts(people), people, strict=True)
    ]
    assert_near(reads[0] + reads[1], reads[2])


@EXAMPLES
@given(records(), st.sampled_from([1e-6, 3.0, 1e5]))
def test_amounts_scale_with_the_doses(person: Person, factor: float) -> None:
    scaled = tuple(replace(r, amt=r.amt * factor, rate=r.rate * factor) for r in person.records)
    plain, more = amounts([person, replace(person, records=scaled)])
    np.testing.assert_allclose(more, plain * factor, rtol=1e-11)


@EXAMPLES
@given(records(), st.sampled_from([-1000.0, 0.125, 4096.0]))
def test_a_shift_in_time_changes_nothing(person: Person, shift: float) -> None:
    later = tuple(replace(r, time=r.time + shift) for r in person.records)
    plain, shifted = amounts([person, replace(person, records=later)])
    # A time of 4,000 h holds no more than 1e-12 h: a part in 1e10 of the shortest infusion.
    np.testing.assert_allclose(shifted, plain, rtol=1e-9)


@EXAMPLES
@given(records(steady_covariates=True), st.lists(EIGHTHS, max_size=6))
def test_further_records_change_nothing(person: Person, times: list[float]) -> None:
    """Records of EVID 2 between the others; times run back at resets, so only after the last."""
    last = max((k for k, r in enumerate(person.records) if r.evid in (3, 4)), default=0)
    floor = person.records[last].time
    tail = [*person.records[last:], *(Record(t, 2) for t in times if t > floor)]
    # Records of the same time keep their order; the new ones come after them.
    longer = (*person.records[:last], *sorted(tail, key=lambda r: r.time))
    plain, split = amounts([person, replace(person, records=longer)])
    kept = [k for k, r in enumerate(longer) if any(r is old for old in person.records)]
    np.testing.assert_allclose(split[kept], plain, rtol=1e-11, atol=1e-300)


@EXAMPLES
@given(records(resets=False))
def test_additional_doses_are_doses_written_out(person: Person) -> None:
    """ADDL against one record for each dose, read at times when no dose is given."""
    doses = [replace(r, growth=1.0) for r in person.records if r.evid == 1]
    reads = [Record(t + 0.0625) for t in sorted({r.time for r in person.records})]
    single = [
        replace(d, time=d.time + n * d.ii, addl=0, ii=0.0) for d in doses for n in range(d.addl + 1)
    ]
    people = [
        Person(tuple(sorted([*given, *reads], key=lambda r: r.time)), person.etas)
        for given in (doses, single)
    ]
    short, long = amounts(people)
    at = [np.array([r.evid == 0 for r in p.records]) for p in people]
    assert_near(short[at[0]], long[at[1]])


@EXAMPLES
@given(records())
def test_nothing_is_negative_and_nothing_is_made(person: Person) -> None:
    (found,) = amounts([person])
    given_mg = sum(r.amt * (r.addl + 1) for r in person.records)
    assert (found >= 0).all()
    assert (found.sum(axis=1) <= given_mg * (1 + 1e-12)).all()


def test_mass_balance() -> None:
    """What a compartment without a way out collects, and what is left, is what was given."""
    closed = PkModel.model_validate(
        {
            "schema": 1,
            "id": "closed",
            "parameter": [{"name": "k", "value": 0.3}],
            "compartment": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
            "flow": [
                {"from": "a", "to": "b", "rate": "4 * k"},
                {"from": "b", "to": "a", "rate": "k"},
                {"from": "b", "to": "c", "rate": "k"},
            ],
            "analyte": [{"name": "a", "compartment": "c", "unit": "mg"}],
        }
    )
    person = Person(
        (
            Record(0.0, 1, 1, amt=10.0, addl=9, ii=3.0, rate=2.5),
            Record(5.0, 1, 2, amt=7.0),
            *(Record(t) for t in (5.0, 12.0, 27.0, 31.0, 400.0)),
        )
    )
    table = table_of([person])
    found = predict_amounts(closed, table, {"k": 0.3}, {}).amounts.sum(axis=1)
    # 10 mg over 4 h every 3 h from 0 to 27 h, and 7 mg at 5 h: at 5 h one infusion is in and 2 h
    # of the next; at 12 h three and 3 h of the fourth; at 27 h eight and 3 h of the ninth.
    np.testing.assert_allclose(found, [0.0, 22.0, 22.0, 44.5, 94.5, 107.0, 107.0], rtol=1e-12)
