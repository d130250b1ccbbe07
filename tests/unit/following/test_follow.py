"""Following one person, from files to pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import sordino
from sordino.cli.main import main
from sordino.course import load_course
from sordino.errors import InputError
from sordino.following import Followed, api, follow
from sordino.following.learn import Effort
from sordino.report.follow import PERSON, RESULT, VISIT, follow_as_dict, person_html, visit_html

if TYPE_CHECKING:
    from .conftest import Write

LITTLE = Effort(people=1024, particles=256, sweeps=2)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Enough effort to see what these tests look at."""
    monkeypatch.setattr(api, "USUAL", LITTLE)
    monkeypatch.setattr(api, "HARD", LITTLE)


@pytest.fixture
def found(plan: Path, write: Write) -> Followed:
    return follow(plan, write())


def test_it_is_the_public_name() -> None:
    assert sordino.follow is follow


def test_what_is_found(found: Followed) -> None:
    assert [f.name for f in found.forecasts] == ["plan", "stop", "once", "weekly"]
    for forecast in found.forecasts:
        assert len(forecast.days) == 28
        assert (np.diff(forecast.quantiles, axis=0) >= 0.0).all()
        assert forecast.relief[50] <= forecast.relief[30]
    assert 0.0 < found.slow_responder < 100.0
    stop = next(f for f in found.forecasts if f.name == "stop")
    assert (stop.gained.value, stop.better, stop.worse) == (0.0, 0.0, 0.0)


def test_the_change_is_the_sum_of_its_parts(found: Followed) -> None:
    c = found.change
    assert c.drug.value + c.expectation.value + c.drift.value == pytest.approx(c.total.value)
    assert c.before.value - c.now.value == pytest.approx(c.total.value)
    assert c.total.value > 0.5  # the made-up pain falls from 7 to 5


def test_the_same_seed_gives_the_same_numbers(plan: Path, write: Write) -> None:
    record = write()
    first, second = (follow_as_dict(follow(plan, record, seed=3)) for _ in range(2))
    assert first == second
    assert first != follow_as_dict(follow(plan, record, seed=4))


def test_more_sessions_take_more_off(found: Followed) -> None:
    """In the model a session helps or does nothing: four are expected to do more than one."""
    drug = {f.name: f.drug.value for f in found.forecasts}
    assert drug["stop"] < drug["once"] < drug["weekly"]


def test_who_follows_hears_of_every_step_and_can_end_the_work(plan: Path, write: Write) -> None:
    record = write()
    told: list[tuple[int, int]] = []
    found = follow(plan, record, progress=lambda *step: told.append(step))
    # People, what is learned of them, and every choice.
    total = 2 + len(found.forecasts) + (2 if found.trust.repeated else 0)
    assert [done for done, _ in told] == list(range(total + 1))
    assert told[-1] == (total, total)

    def enough(done: int, total: int) -> None:
        told.append((done, total))
        if done == 1:
            raise KeyboardInterrupt

    told.clear()
    with pytest.raises(KeyboardInterrupt):
        follow(plan, record, progress=enough)
    assert [done for done, _ in told] == [0, 1]


def test_before_any_session(plan: Path, write: Write) -> None:
    found = follow(plan, write(sessions=(), days=range(-10, 0)))
    assert found.change.drug.value == 0.0
    assert found.change.expectation.value == 0.0
    assert any("No session has been given" in note for note in found.notes)
    # Nothing was given: the diary cannot tell who is a slow responder.
    assert found.slow_responder == pytest.approx(found.slow_responder_was, abs=10.0)


def test_one_rating_is_enough_and_is_said(plan: Path, write: Write) -> None:
    found = follow(plan, write(days=[5], pain=[6.0]))
    assert any("has 1 rating:" in note for note in found.notes)
    assert found.forecasts[0].quantiles.shape == (7, 28)


def test_what_is_left_out_is_said(plan: Path, write: Write) -> None:
    rows = [
        "P01,drug,2026-01-01,,duloxetine,60,mg,,oral,,",
        "P01,session,2026-01-17 10:00,,ketamine,0,mg,35,iv,,not well",
        "P01,sample,2026-01-12 10:40,,ketamine,160,ng/mL,,venous,,",
    ]
    notes = " ".join(follow(plan, write(rows=rows)).notes)
    assert "duloxetine" in notes
    assert "did not take place" in notes
    assert "sample of 2026-01-12 10:40 is not used" in notes


def test_a_slip_of_the_pen_is_survived(plan: Path, write: Write) -> None:
    """One 0 among sevens moves the forecast less than half a point."""
    pain = [7.0] * 14
    quiet = follow(plan, write(pain=pain)).forecasts[1].mean_last_week.value
    pain[5] = 0.0
    slipped = follow(plan, write(pain=pain)).forecasts[1].mean_last_week.value
    assert slipped == pytest.approx(quiet, abs=0.5)


def test_another_habit_of_rating_is_noticed(
    plan: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three points more from one day to the next, with nothing given: habit, not drug."""
    # The day is a narrow place to find: it takes more particles than the other tests do.
    for name in ("USUAL", "HARD"):
        monkeypatch.setattr(api, name, Effort(people=2048, particles=512, sweeps=4))
    pain = [4.0, 5.0] * 10 + [7.0, 7.0, 8.0] * 6
    found = follow(plan, write(sessions=(), days=range(-38, 0), pain=pain))
    wait = next(one for one in found.learned if one.name == "habit_wait")
    assert wait.now.value == pytest.approx(20.0, abs=5.0)


def test_blood_samples_are_heard(plan: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample leaves fewer of the virtual people: those whose blood it could be."""
    monkeypatch.setattr(api, "FEWEST_BY_BLOOD", 20.0)
    rows = ["P01,sample,2026-01-12 13:00,,ketamine,45,ng/mL,,arterial,,"]
    plain, heard = follow(plan, write()), follow(plan, write(rows=rows))
    lanes = [np.unique(f.posterior.lane).size for f in (plain, heard)]
    assert lanes[1] < lanes[0]
    assert not any("not used" in note for note in heard.notes)


def test_the_record_of_another_patient(tmp_path: Path, plan: Path, write: Write) -> None:
    other = tmp_path / "other.toml"
    other.write_text(plan.read_text().replace("[patient]", '[patient]\nid = "P02"'))
    with pytest.raises(InputError, match="another patient"):
        follow(other, sordino_record(write()))


def sordino_record(path: Path) -> Any:
    from sordino.record import load_record

    return load_record(path)


@pytest.mark.parametrize("seed", [-1, True, 1.5, 2**31])
def test_an_impossible_seed(plan: Path, write: Write, seed: Any) -> None:
    with pytest.raises(InputError, match="seed"):
        follow(plan, write(), seed=seed)


def test_the_command_line(
    plan: Path, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert main(["follow", str(plan), str(write()), "--json", "-o", str(folder)]) in (0, 1)
    table = json.loads(capsys.readouterr().out)
    assert table == json.loads((folder / RESULT).read_text())
    assert table["forecasts"][0]["name"] == "plan"
    assert sorted(p.name for p in folder.iterdir()) == sorted([VISIT, PERSON, RESULT])


def test_bad_input_writes_nothing(
    plan: Path, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    record = write(days=(), rows=["P01,diary,2026-01-12,,fatigue,5,,,,,"])
    assert main(["follow", str(plan), str(record), "-o", str(folder)]) == 2
    assert "no rating of pain" in capsys.readouterr().err
    assert not folder.exists()


def test_two_choices_of_one_name(
    plan: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["follow", str(plan), str(write()), "--option", str(plan), "--option", str(plan)]
    assert main(line) == 2
    assert "two choices are called course" in capsys.readouterr().err


def test_poor_sampling_is_said_and_exits_1(
    plan: Path, write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    poor = Effort(people=64, particles=16, sweeps=1)
    monkeypatch.setattr(api, "USUAL", poor)
    monkeypatch.setattr(api, "HARD", poor)
    assert main(["follow", str(plan), str(write(days=range(-30, 30)))]) == 1
    said = capsys.readouterr()
    assert "not reliable" in said.out
    assert "not reliable" in said.err


def test_the_pages_hold_their_answers(found: Followed) -> None:
    visit, person = visit_html(found, "sordino follow a b"), person_html(found)
    for page in (visit, person):
        assert "<script" not in page
        assert "research and teaching aid" in page
    assert "105\N{NO-BREAK SPACE}mg of ketamine in all" in visit
    assert "No further session" in person
    assert "posterior" not in person


def test_a_page_before_any_session(plan: Path, write: Write) -> None:
    found = follow(load_course(plan), write(sessions=(), days=range(-10, 0)))
    assert "You have had no session yet" in person_html(found)
    assert "The record holds no session" in visit_html(found)
