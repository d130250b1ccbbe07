"""Whatever is put in: an answer or a SordinoError, and the answer keeps its promises."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from sordino.course import Course, course_summary, describe_course, load_course
from sordino.errors import SordinoError
from sordino.library.protocols import protocol_names, protocol_text
from sordino.patient import Patient
from sordino.units import Kind, parse_quantity

PROTOCOLS = {name: protocol_text(name) for name in protocol_names()}
INFUSION = {"drug": "ketamine", "route": "iv", "dose": "0.5 mg/kg", "duration": "40 min"}

numbers = st.floats(min_value=1e-3, max_value=1e3).map(lambda x: float(f"{x:.6g}"))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["0.5 mg/kg", "40 min", "iv", "im", "ketamine", "placebo", "2026-01-05 10:00"]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def attempt(source: Path | dict[str, Any]) -> Course | None:
    """Load and use a course; a SordinoError is a fine answer, anything else is not."""
    try:
        course = load_course(source)
    except SordinoError as error:
        # What is said must be printable on any terminal.
        str(error).encode()
        return None
    describe_course(course)
    json.dumps(course_summary(course), allow_nan=False)
    return course


def attempt_bytes(content: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"course{suffix}"
        file.write_bytes(content)
        attempt(file)


@given(st.binary(max_size=300), st.sampled_from([".toml", ".json"]))
def test_random_bytes(content: bytes, suffix: str):
    attempt_bytes(content, suffix)


@given(st.text(max_size=300), st.sampled_from([".toml", ".json"]))
@example("[" * 2000, ".json")
@example("a=" + "[" * 2000, ".toml")
@example("a=" + "{a=" * 2000, ".toml")
def test_random_text(content: str, suffix: str):
    attempt_bytes(content.encode("utf-8", "surrogatepass"), suffix)


@given(st.sampled_from(sorted(PROTOCOLS)), st.data(), st.binary(max_size=6), st.integers(0, 6))
def test_damaged_files(name: str, data: st.DataObject, patch: bytes, cut: int):
    content = PROTOCOLS[name].encode()
    at = data.draw(st.integers(0, len(content)))
    attempt_bytes(content[:at] + patch + content[at + cut :], ".toml")


@given(st.dictionaries(st.sampled_from(list(Course.model_fields)) | st.text(max_size=8), values))
def test_random_tables(table: dict[str, Any]):
    attempt(table)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mutated_tables(data: st.DataObject):
    """One or two values of a valid course are replaced, removed or moved under another key."""
    import tomllib

    from sordino.course import Treatment

    name = data.draw(st.sampled_from(sorted(PROTOCOLS)))
    table = copy.deepcopy(tomllib.loads(PROTOCOLS[name]))
    tables = [table, table["treatment"][0], table["patient"]]
    keys = [*Treatment.model_fields, *Patient.model_fields, *Course.model_fields, "unknown"]
    for _ in range(data.draw(st.integers(1, 2))):
        where = data.draw(st.sampled_from(tables))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()):
            where[key] = data.draw(values)
        else:
            where.pop(key, None)
    attempt(table)


@given(st.text(max_size=80), st.sampled_from(list(Kind)))
def test_random_quantities(text: str, kind: Kind):
    try:
        quantity = parse_quantity(text, kind)
    except SordinoError:
        return
    assert 0 <= quantity.value <= 1e9


@given(numbers, st.sampled_from(["mg", "g", "ug"]), numbers)
def test_a_quantity_is_proportional_to_its_number(number: float, unit: str, factor: float):
    one = parse_quantity(f"1 {unit}", Kind.DOSE).value
    assume(1e-9 < number * one < 1e8)
    assert parse_quantity(f"{number!r} {unit}", Kind.DOSE).value == pytest.approx(
        number * one, rel=1e-15
    )


days = st.lists(st.integers(0, 3000), min_size=1, max_size=20, unique=True).map(
    lambda tenths: [t / 10 for t in tenths]
)


@given(st.lists(days, min_size=1, max_size=3))
def test_schedules_start_at_zero_in_order(schedules: list[list[float]]):
    treatments = [{**INFUSION, "days": schedule} for schedule in schedules]
    course = load_course({"treatment": treatments, "observe": {"until": "366 days"}})
    given_ = course.administrations()
    starts = [a.start_h for a in given_]
    assert starts[0] == 0
    assert starts == sorted(starts)
    assert [a.session for a in given_] == list(range(len(given_)))
    assert [s.start_h for s in course.sessions()] == starts
    first = min(min(schedule) for schedule in schedules)
    for index, schedule in enumerate(schedules):
        own = [a.start_h for a in given_ if a.treatment == index]
        assert own == pytest.approx([(day - first) * 24 for day in sorted(schedule)], abs=1e-9)


@given(days, st.integers(0, 60))
def test_shifting_all_days_changes_nothing(schedule: list[float], shift: int):
    def sessions(by: int):
        shifted = [round(day + by, 1) for day in schedule]
        table = {"treatment": [{**INFUSION, "days": shifted}], "observe": {"until": "366 days"}}
        return load_course(table).sessions()

    assert sessions(0) == sessions(shift)


@given(st.integers(1, 40), st.integers(1, 48), st.permutations(list(INFUSION)))
def test_every_and_times_are_the_days_they_stand_for(times: int, hours: int, order: list[str]):
    table = {key: INFUSION[key] for key in order}
    every = load_course({"treatment": [{**table, "every": f"{hours} h", "times": times}]})
    listed = load_course(
        {
            "treatment": [{**INFUSION, "days": [k * 2 for k in range(times)]}],
            "observe": {"until": "366 days"},
        }
    )
    scale = hours / 48
    assert [s.start_h for s in every.sessions()] == pytest.approx(
        [s.start_h * scale for s in listed.sessions()]
    )


@given(st.floats(0.01, 90), st.floats(0.1, 24))
def test_dose_rate_and_duration_say_the_same(dose: float, hours: float):
    def amount(**keys: str):
        table = {"drug": "ketamine", "route": "iv", **keys}
        (a,) = load_course({"treatment": [table]}).administrations()
        return a.dose_mg, a.duration_h

    rate = f"{dose / hours:.12g} mg/h"
    whole = amount(dose=f"{dose} mg", duration=f"{hours} h")
    assert amount(rate=rate, duration=f"{hours} h") == pytest.approx(whole, rel=1e-9)
    assert amount(rate=rate, dose=f"{dose} mg") == pytest.approx(whole, rel=1e-9)
    assert amount(rate=rate, dose=f"{dose} mg", duration=f"{hours} h") == pytest.approx(whole)


@given(st.data())
def test_the_digest_does_not_depend_on_the_order_of_keys(data: st.DataObject):
    import tomllib

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = data.draw(st.permutations(sorted(value)))
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(v) for v in value] if isinstance(value, list) else value

    table = tomllib.loads(PROTOCOLS[data.draw(st.sampled_from(sorted(PROTOCOLS)))])
    assert load_course(shuffled(table)).digest() == load_course(table).digest()
