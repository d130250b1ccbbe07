"""Tables and figure of the benchmarks, and the page that they are written into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Load = Callable[[str], Any]


def test_a_power_law_has_its_exponent(load: Load) -> None:
    x = [1.0, 10.0, 100.0]
    assert load("linearity").fit(x, [3.0 * v**0.5 for v in x]).exponent == pytest.approx(0.5)


def test_a_constant_and_so_much_for_each(load: Load) -> None:
    x = [1.0, 4.0, 30.0]
    found = load("linearity").fit(x, [5.0 + 2.0 * v for v in x])
    assert (found.fixed, found.each) == (pytest.approx(5.0), pytest.approx(2.0))
    assert found.exponent < 1.0


def test_more_doses_keep_the_output_times(load: Load) -> None:
    job = load("job").load_job()
    daily = load("linearity").with_doses(job, 20)
    assert len(daily.switch_h) == 40
    np.testing.assert_array_equal(daily.times_h, job.times_h)


def test_the_spacing_of_the_reference_job_gives_its_times(load: Load) -> None:
    job = load("job").load_job()
    same = load("linearity").with_spacing(job, 5, 1)
    np.testing.assert_allclose(same.times_h, job.times_h, rtol=0, atol=1e-12)
    finer = load("linearity").with_spacing(job, 1, 1)
    assert len(finer.times_h) > 4 * len(job.times_h)
    assert finer.switch_h.tolist() == job.switch_h.tolist()


def test_the_figure_has_a_panel_for_each(load: Load) -> None:
    points = {"x": [1, 10, 100], "y": [1.0, 3.0, 20.0]}
    drawn = load("linearity").chart(dict.fromkeys(("patients", "doses", "times"), points))
    titles = [p["layer"][0]["encoding"]["x"]["title"] for p in drawn.to_dict()["hconcat"]]
    assert titles == ["patients", "doses", "output times"]


def test_the_rate_for_records_is_the_better_one(load: Load) -> None:
    elsewhere = load("elsewhere")
    row = elsewhere.with_records()
    assert row.best == max(row.one_core_1000, row.one_core_10000, row.two_cores_10000)
    assert all(0 < r.error_c <= 1e-4 and 0 < r.error_s <= 1e-4 for r in elsewhere.elsewhere())


def test_peers_stand_beside_sordino(load: Load) -> None:
    errors = {"C": 1e-9, "S": 1e-7}
    peer = {"rate": 50.0, "count": 7, "errors": errors}
    table = load("report").speed_table(
        {
            "sordino_speed": [{"counts": [1000], "rates": [40_000.0]}] * 2,
            "sordino_accuracy": {"reference": errors},
            "diffrax_speed": peer,
            "scipy_speed": peer,
        }
    )
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    rows = {line[0]: line[1:] for line in lines}
    assert rows["sordino"] == ["here", "1,000", "40,000", "40,000", "1.0e-9", "1.0e-7"]
    assert rows["mrgsolve 2.0.2 (LSODA)"][:4] == ["elsewhere", "10,000", "996", "1,209"]
    assert rows["PKPDsim 1.5, step 0.005 h"][:4] == ["elsewhere", "1,000", "6", ""]


@pytest.mark.parametrize("name", ["measured", "linearity", "million"])
def test_the_page_has_a_place_for_every_table(load: Load, root: Path, name: str) -> None:
    page = (root / "docs" / "performance.md").read_text(encoding="utf-8")
    written = load("report")._replaced(page, name, "new table")
    before, _, rest = written.partition(f"<!-- {name}: begin -->")
    assert rest.startswith(f"\n\nnew table\n\n<!-- {name}: end -->")
    assert page.startswith(before)


def test_a_page_without_the_place_is_refused(load: Load) -> None:
    with pytest.raises(SystemExit, match="lacks the line"):
        load("report")._replaced("nothing", "measured", "table")
