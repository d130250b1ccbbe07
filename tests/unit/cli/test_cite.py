from __future__ import annotations

from pathlib import Path

import pytest

from sordino.cli.main import main
from sordino.library.cite import keys_of_model, parse_bibtex, references
from sordino.library.evidence import study
from sordino.library.pd_schema import load_pd_model
from sordino.library.posterior import fitted_studies
from sordino.library.protocols import protocol_names, protocol_text
from sordino.library.reader import PK_FOLDER, load_pk_model
from sordino.simulation.engine import EFFECTS

COURSE = """\
[[treatment]]
drug = "esketamine"
route = "iv"
dose = "0.5 mg/kg"
duration = "30 min"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "course.toml"
    path.write_text(COURSE)
    return path


def cited(file: Path, capsys, *more: str) -> set[str]:
    """The keys that the command prints; each entry must be the one of the references."""
    assert main(["cite", str(file), *more]) == 0
    found = parse_bibtex(capsys.readouterr().out)
    for key, entry in found.items():
        assert entry == references()[key]
    return set(found)


def of_effects(*names: str) -> set[str]:
    return {k for name in names for k in keys_of_model(load_pd_model(name))}


def of_fits(*names: str) -> set[str]:
    return {key for name in fitted_studies(names) for key in study(name).cites}


def test_it_is_the_drug_model_the_effects_their_fits_and_the_people(file: Path, capsys) -> None:
    own = keys_of_model(load_pk_model("simons_2022"))
    effects = of_effects(*EFFECTS, "virtual_patients")
    assert cited(file, capsys) == {*own, *effects, *of_fits(*EFFECTS)}
    assert {"pickering_2020", "sigtermans_2009_crps"} <= of_fits(*EFFECTS)


def test_mood_is_cited_where_trials_of_mood_say_something(tmp_path: Path, capsys) -> None:
    path = tmp_path / "six.toml"
    path.write_text(protocol_text("six_infusions"))
    assert of_fits("mood", "fatigue") <= cited(path, capsys)
    path.write_text(protocol_text("crps_100h"))
    assert "saligan_2026" not in cited(path, capsys)


def test_venous_levels_add_their_model(file: Path, capsys) -> None:
    more = cited(file, capsys, "--sampling", "venous") - cited(file, capsys)
    assert more == set(keys_of_model(load_pk_model("otto_2021"))) - cited(file, capsys)
    assert "otto_2021" in more


def test_the_other_slow_clock_adds_its_paper(file: Path, capsys) -> None:
    file.write_text(COURSE + '[models]\nslow_clock = "turnover"\n')
    assert of_effects("slow_turnover") <= cited(file, capsys)


def test_a_hydrochloride_adds_what_the_base_in_it_rests_on(file: Path, capsys) -> None:
    before = cited(file, capsys)
    file.write_text(COURSE + 'salt = "hydrochloride"\n')
    assert cited(file, capsys) - before == {"esketamine_label"}


@pytest.mark.parametrize("name", protocol_names())
def test_the_regimen_of_a_ready_course_is_cited(name: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "course.toml"
    path.write_text(protocol_text(name))
    with_regimen = cited(path, capsys)
    bare = [line for line in protocol_text(name).splitlines() if not line.startswith("source")]
    path.write_text("\n".join(bare))
    assert cited(path, capsys) <= with_regimen
    path.write_text(protocol_text(name))
    main(["cite", str(path)])
    assert "% regimen" not in capsys.readouterr().out


def test_a_source_that_the_library_lacks_is_named_beside_the_entries(file: Path, capsys) -> None:
    file.write_text('source = "Roe R. J None 1999;1:1"\n' + COURSE)
    assert main(["cite", str(file)]) == 0
    assert capsys.readouterr().out.startswith("% regimen: Roe R. J None 1999;1:1\n\n@")


def test_a_model_of_ones_own_is_named_too(file: Path, capsys) -> None:
    text = (PK_FOLDER / "simons_2022.toml").read_text().replace('key = "simons_2022"', 'key = ""')
    (file.parent / "mine.toml").write_text(text.replace('id = "simons_2022"', 'id = "mine"', 1))
    file.write_text(COURSE + f'[models]\npk = "{file.parent / "mine.toml"}"\n')
    assert main(["cite", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("% model mine: Simons P")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[treatment]]\ndrug = "duloxetine"\n', "no ketamine or esketamine"),
        (COURSE + '[models]\npk = "simon"\n', "simons_2022"),
        (COURSE.replace("0.5 mg/kg", "0.5"), "dose"),
    ],
)
def test_bad_input(text: str, said: str, file: Path, capsys) -> None:
    file.write_text(text)
    assert main(["cite", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(file) in captured.err
    assert said in captured.err


def test_bad_use(file: Path, capsys) -> None:
    assert main(["cite", str(file), "--sampling", "capillary"]) == 2
    assert main(["cite", str(file.parent / "none.toml")]) == 2
    assert capsys.readouterr().out == ""
