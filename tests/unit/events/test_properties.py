"""What holds for every data set: one meaning in every form, and never a traceback."""

from __future__ import annotations

import dataclasses
import datetime
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sordino.errors import SordinoError
from sordino.events import read_events, read_table

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)

number = st.floats(0.001, 1000).map(lambda x: float(f"{x:.6g}"))


@st.composite
def individuals(draw):
    """Sound records of some individuals, with gaps and columns that nobody asks for."""
    rows = []
    for name in range(draw(st.integers(1, 4))):
        time = 0.0
        for place in range(draw(st.integers(1, 5))):
            time += draw(st.sampled_from([0.0, 0.5, 1.25]))
            dose = draw(st.booleans())
            rate, duration = draw(st.sampled_from([(0, 0), (2.5, 0), (0, 1.5), (-2, 0)]))
            repeats = draw(st.sampled_from([0, 0, 3]))
            rows.append(
                {
                    "ID": name,
                    "TIME": time,
                    "AMT": draw(number) if dose else np.nan,
                    "RATE": rate if dose else 0,
                    "DUR": duration if dose else 0,
                    "ADDL": repeats if dose else 0,
                    "II": 12.0 if dose and repeats else np.nan,
                    "EVID": int(dose),
                    "CMT": 1 if dose else draw(st.sampled_from([0, 1, 2])),
                    "DV": np.nan if dose else draw(number),
                    "weight": np.nan if place and draw(st.booleans()) else draw(number),
                    "note": draw(st.sampled_from(["", "a", "b, c", 'd "e"', "ü"])),
                }
            )
    return pd.DataFrame(rows)


def assert_same(one, other):
    """The same events; frames and row numbers depend on where they came from."""
    for entry in dataclasses.fields(one):
        if entry.name not in ("frame", "row"):
            np.testing.assert_equal(
                getattr(one, entry.name), getattr(other, entry.name), err_msg=entry.name
            )


@relaxed
@given(frame=individuals(), missing=st.sampled_from(["", ".", "NA"]))
def test_every_form_of_a_data_set_means_the_same(tmp_path, model, frame, missing):
    own = read_table(frame, model)
    text, packed = tmp_path / "data.csv", tmp_path / "data.parquet"
    frame.to_csv(text, index=False, na_rep=missing)
    frame.to_parquet(packed)
    for other in (text, str(packed), pa.Table.from_pandas(frame), frame.astype(object)):
        assert_same(own, read_table(other, model))


@relaxed
@given(frame=individuals(), data=st.data())
def test_the_order_of_columns_and_their_capitals_do_not_matter(model, frame, data):
    names = data.draw(st.permutations(list(frame.columns)))
    shuffled = frame[names].rename(columns=str.lower).assign(more="x")
    assert_same(read_table(frame, model), read_table(shuffled, model))


TEMPTING = (
    ". NA 0 1 2 -1 -2 1e3 nan inf 1e999 8:30 24:00 2024-01-05 2024-01-05T08:00 1/2/03 oral central",
    'C # " ;',
)
CELLS = st.one_of(st.sampled_from(["", " ", *" ".join(TEMPTING).split()]), st.text(max_size=6))
NAMES = ["ID", "TIME", "AMT", "RATE", "DUR", "EVID", "MDV", "CMT", "ADDL", "II", "SS", "DV"]
NAMES.extend(["DVID", "ROUTE", "OCC", "DATE", "C", "weight"])


@settings(relaxed, max_examples=200)
@given(
    rows=st.lists(st.lists(CELLS, min_size=18, max_size=18), min_size=1, max_size=4),
    separator=st.sampled_from([",", "\t", ";", " "]),
)
def test_no_cells_give_a_traceback(tmp_path, model, rows, separator):
    lines = [separator.join(NAMES), *(separator.join(row) for row in rows)]
    path = tmp_path / "data.csv"
    path.write_bytes("\n".join(lines).encode(errors="surrogatepass"))
    read_or_refuse(path, model)


@settings(relaxed, max_examples=200)
@given(content=st.binary(max_size=60), header=st.booleans())
def test_no_bytes_give_a_traceback(tmp_path, model, content, header):
    path = tmp_path / "data.csv"
    path.write_bytes((b"ID,TIME,weight\n" if header else b"") + content)
    read_or_refuse(path, model)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(st.characters(), max_size=4),
    st.sampled_from([pd.NA, pd.NaT, b"x", [1], datetime.date(2024, 1, 5), 1 + 2j, {}]),
    st.datetimes(),
)


@settings(relaxed, max_examples=200)
@given(rows=st.lists(st.lists(ODD, min_size=18, max_size=18), min_size=1, max_size=3))
def test_no_frame_gives_a_traceback(model, rows):
    read_or_refuse(pd.DataFrame(rows, columns=NAMES, dtype=object), model)


@settings(relaxed, max_examples=40)
@given(cut=st.integers(4, 400), flip=st.integers(4, 400))
def test_broken_parquet_gives_no_traceback(tmp_path, model, cut, flip):
    held = io.BytesIO()
    pd.DataFrame({"ID": [1, 2], "TIME": [0.0, 1.0], "weight": [70.0, 71.0]}).to_parquet(held)
    raw = bytearray(held.getvalue())
    raw[flip % len(raw)] ^= 0x55
    path = tmp_path / "data.parquet"
    path.write_bytes(bytes(raw[:-cut] if cut % 2 else raw))
    read_or_refuse(path, model)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1.0], [2.0]]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([b"1", b"2"]),
        pa.array([datetime.timedelta(1)] * 2),
        pa.array([datetime.time(8), datetime.time(9)]),
        pa.array(["1", "2"]).dictionary_encode(),
        pa.array([None, None]),
        pa.array(["1", "2"], pa.large_string()),
        pa.array([True, False]),
        pa.array([-(2**62)] * 2, pa.timestamp("us")),
        pa.array([2**62, None], pa.timestamp("s")),
        pa.array([datetime.date(2024, 1, 5)] * 2),
    ],
)
@pytest.mark.parametrize(
    "name", ["ID", "TIME", "AMT", "CMT", "DATE", "II", "C", "weight", "ROUTE", "x"]
)
def test_types_of_arrow_columns(model, column, name):
    whole = {"ID": pa.array([1, 2]), "TIME": pa.array([0, 0]), "weight": pa.array([70, 71])}
    read_or_refuse(pa.table({**whole, name: column}), model)


def read_or_refuse(data, model):
    """Read a data set that may be refused; anything but a SordinoError fails the test."""
    try:
        tables = list(read_events(data, model))
    except SordinoError as error:
        str(error).encode()
    else:
        assert sum(len(table) for table in tables) > 0
