from __future__ import annotations

import re
import threading
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.app.asked import OwnLimits
from sordino.app.charts import live_chart
from sordino.app.editing import edited
from sordino.app.grid import FEWEST, MOST, first_times_h
from sordino.app.limits import limits
from sordino.app.runner import Run, Runner, Stopped
from sordino.app.settings import Settings, is_loopback
from sordino.app.thin import COLUMNS, thinned
from sordino.app.tomlfile import toml_text
from sordino.course import load_course
from sordino.library.protocols import load_protocol, protocol_names
from sordino.report.curves import session_plot
from sordino.simulation.grid import default_times_h
from sordino.simulation.summary import Summary, summarize

plain = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


@given(st.dictionaries(names, st.one_of(plain, st.dictionaries(names, plain, max_size=3))))
def test_what_is_written_as_toml_is_read_again(table: dict[str, object]) -> None:
    assert tomllib.loads(toml_text(table)) == table


@pytest.mark.parametrize("name", protocol_names())
def test_a_first_answer_looks_where_the_answers_look(name: str) -> None:
    course = load_protocol(name)
    sessions = course.sessions()
    times = first_times_h(sessions, course.until_h)
    assert set(default_times_h(sessions[:1], course.until_h)) <= set(times)
    assert np.all(np.diff(times) > 0)
    assert times[-1] <= course.until_h
    if len(sessions) < 14:
        assert FEWEST <= len(times) <= MOST


def test_thinning_keeps_the_extremes_of_every_column() -> None:
    times = np.linspace(0.0, 90.0, 5000)
    values = np.sin(times * 9.0) * times
    found = thinned({"time": times, "q50": values, "q05": values - 1}, "q50", 90.0)
    assert len(found["time"]) <= 4 * COLUMNS
    column = np.minimum((times / 90.0 * COLUMNS).astype(int), COLUMNS - 1)
    kept = np.minimum((found["time"] / 90.0 * COLUMNS).astype(int), COLUMNS - 1)
    for number in range(COLUMNS):
        assert values[column == number].min() == found["q50"][kept == number].min()
        assert values[column == number].max() == found["q50"][kept == number].max()
    assert np.array_equal(found["q05"], found["q50"] - 1)


@pytest.fixture(scope="module")
def six() -> Summary:
    return summarize(load_protocol("six_infusions"), patients=40, draws=2)


def test_axes_hold_all_that_is_drawn_and_move_in_steps(six: Summary) -> None:
    plot = session_plot(six, leave=True)
    chart = live_chart(plot, 400)
    for name, end in plot.ends.items():
        assert chart.ends[f"end_{name}"] >= end * (1 - 1e-5)
    assert chart.ends["end_conc_ketamine"] in (300.0, 400.0, 500.0)


def test_an_exact_run_is_that_of_summarize(six: Summary) -> None:
    runner = Runner()
    course = load_protocol("six_infusions")
    seen: list[tuple[int, int]] = []
    found = runner.exact(
        course, Run(40, 2), lambda done, total: seen.append((done, total)), threading.Event()
    )
    runner.close()
    assert found.quantiles.equals(six.quantiles)
    assert seen[-1] == (2, 2)


def test_an_exact_run_stops_when_nobody_waits() -> None:
    runner = Runner()
    stop = threading.Event()
    done: list[int] = []

    def progress(blocks: int, total: int) -> None:
        done.append(blocks)
        stop.set()

    with pytest.raises(Stopped):
        runner.exact(load_protocol("six_infusions"), Run(640, 10), progress, stop)
    runner.close()
    assert done == [2]


def test_an_edited_course_keeps_what_the_page_does_not_know() -> None:
    course = load_course(
        {
            "patient": {"weight": "154 lb", "baseline_sbp": 140.0},
            "treatment": [
                {"drug": "ketamine", "route": "im", "dose": "20 mg", "bioavailability": "0.9",
                 "absorption_half_life": "15 min", "every": "12 h", "times": 3, "note": "x"},
                {"drug": "duloxetine", "dose": "60 mg"},
            ],
            "models": {"slow_clock": "turnover"},
        }
    )  # fmt: skip
    found = edited(course)
    assert found.patient == {"baseline_sbp": 140.0}
    assert found.weight_kg == pytest.approx(154 * 0.45359237)  # by definition
    assert [s.day for s in found.sessions] == [0.0, 0.5, 1.0]
    assert found.sessions[0].other == {
        "bioavailability": "0.9", "absorption_half_life": "15 min", "note": "x"
    }  # fmt: skip
    assert found.other["models"] == {"slow_clock": "turnover"}
    assert found.other["beside"][0]["drug"] == "duloxetine"


def test_a_rate_is_edited_as_a_dose() -> None:
    (first, *_) = edited(load_protocol("ten_days_4h")).sessions
    # 0.35 mg/kg/h for 4 h
    assert (first.amount, first.unit, first.minutes) == (1.4, "mg/kg", 240.0)


def test_own_limits_are_judged_by_the_numbers(six: Summary) -> None:
    high = six.answers.peaks["cadss"].high
    for limit, verdict in ((high + 0.1, "met"), (high - 0.1, "not met")):
        found = limits(six, OwnLimits(cadss=limit))
        own = [f for f in found if f.by == "your own limit"]
        assert [f.verdict for f in own] == [verdict]
    order = [f.verdict for f in limits(six, OwnLimits(cadss=1, total_mg=1e6))]
    assert order == sorted(order, key=["not met", "care", "met"].index)


@pytest.mark.parametrize(("off", "verdict"), [(0.4, "met"), (-0.04, "not met"), (-1e-9, "not met")])
def test_the_number_of_a_limit_shows_on_which_side_it_is(
    six: Summary, off: float, verdict: str
) -> None:
    limit = six.answers.peaks["sbp_change"].high + off
    own = next(f for f in limits(six, OwnLimits(sbp_change=limit)) if f.by == "your own limit")
    assert own.verdict == verdict
    told = re.search(r"stay below ([\d.]+) mmHg", own.found)
    if told:
        assert (float(told[1]) <= limit) == (verdict == "met")
    else:
        assert "a little more than" in own.found


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_what_is_local(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_addresses_are_written_as_a_browser_does() -> None:
    assert Settings(host="::1", port=9).url == "http://[::1]:9/"
    assert "[::1]:9" in Settings(host="::1", port=9).hosts
    assert Settings(host="1.2.3.4", port=443, names=("a.b",), secure=True).hosts >= {"a.b"}
