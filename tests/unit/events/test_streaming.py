"""A stream of tables holds the same records as one table."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.errors import DocumentError, InputError
from sordino.events import read_events, read_table

RECORDS = [(i, float(k), 70.0 + i) for i, n in enumerate([1, 4, 2, 9, 1, 3]) for k in range(n)]


@pytest.fixture
def path(tmp_path):
    lines = [f"{i},{time},{weight}" for i, time, weight in RECORDS]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["ID,TIME,weight", *lines]))
    return path


@pytest.mark.parametrize("block", [16, 40, 1 << 20])
@pytest.mark.parametrize("chunk_rows", [1, 3, 5, 9, 1000])
def test_tables_hold_whole_individuals(path, model, monkeypatch, chunk_rows, block):
    monkeypatch.setattr("sordino.events.textfile.BLOCK_BYTES", block)
    tables = list(read_events(path, model, chunk_rows=chunk_rows))
    assert [name for table in tables for name in table.ids] == [str(i) for i in range(6)]
    for table in tables:
        assert len(table) <= chunk_rows or len(table.ids) == 1
        assert table.individual.tolist()[0] == 0
        assert table.frame is not None
        assert len(table.frame) == len(table)
    assert [table.individuals_before for table in tables] == list(
        np.cumsum([0, *(len(table.ids) for table in tables)])[:-1]
    )
    times = np.concatenate([table.time_h for table in tables])
    assert times.tolist() == [time for _, time, _ in RECORDS]
    assert np.concatenate([t.row for t in tables]).tolist() == list(range(2, 22))


def test_problems_of_a_later_table_stop_there(path, model):
    path.write_text(path.read_text() + "\n7,x,70")
    tables = read_events(path, model, chunk_rows=5)
    assert next(tables).ids == ("0", "1")
    with pytest.raises(DocumentError, match="row 22, column TIME"):
        list(tables)


def test_the_header_is_looked_at_at_once(path, model):
    path.write_text("ID,weight\n1,2")
    with pytest.raises(DocumentError, match="the column TIME is missing"):
        read_events(path, model)


def test_parquet_in_row_groups(path, model, tmp_path):
    table = read_table(path, model)
    assert table.frame is not None
    frame = table.frame.astype({"TIME": float, "weight": float})
    other = tmp_path / "data.bin"
    frame.to_parquet(other, row_group_size=2)
    assert parquet.ParquetFile(other).num_row_groups == 10
    tables = list(read_events(other, model, chunk_rows=4))
    assert np.concatenate([t.time_h for t in tables]).tolist() == table.time_h.tolist()
    assert tables[-1].row[-1] == len(RECORDS)


@pytest.mark.parametrize("options", [{"time_unit": "s"}, {"carry": "nearest"}, {"chunk_rows": 0}])
def test_options_that_are_refused(path, model, options):
    with pytest.raises(InputError):
        read_events(path, model, **options)


@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=8), chunk_rows=st.integers(1, 12))
def test_cuts_lie_between_individuals(model, sizes, chunk_rows):
    import pandas as pd

    ids = [i for i, size in enumerate(sizes) for _ in range(size)]
    frame = pd.DataFrame({"ID": ids, "TIME": 0.0, "weight": 70.0}, index=ids)
    tables = list(read_events(frame, model, chunk_rows=chunk_rows))
    assert sum((table.ids for table in tables), ()) == tuple(str(i) for i in range(len(sizes)))
    for table in tables:
        assert len(table) <= chunk_rows or len(table.ids) == 1
        assert table.frame is not None
        assert table.frame.equals(frame.iloc[table.row - 1])
