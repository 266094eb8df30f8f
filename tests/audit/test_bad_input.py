"""What is broken, or meant to break, is refused in words; none of it is an internal error."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from recognizance.audit.data import read_templates
from recognizance.audit.labels import KINDS
from recognizance.audit.report.sheets import _field
from recognizance.audit.result import Disclosure
from recognizance.audit.tablecount import count_table
from recognizance.audit.tables import Columns, read_table
from recognizance.cli.audit.compare import _read
from recognizance.compare import load_cohort
from recognizance.errors import InputError

HEAD = "probe,reference,mated,score,probe_g,reference_g\n"
COLUMNS = Columns(labels=(("g", "probe_g", "reference_g"),))


def read(path):
    return count_table("t", read_table(path, COLUMNS), ("g",), digest="")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("p,q,0,0.1,a,a,more", "Row 2 .* another number of columns"),
        ("p,q,0,0.1,a", "Row 2 .* another number of columns"),
        ('"p,q,0,0.1,a,a', "Row 2 .* another number of columns"),
        ("p,q,perhaps,0.1,a,a", "Row 2 .* mated"),
        ("p,q,0,high,a,a", "score in row 2"),
        ("p,q,0,inf,a,a", "infinite"),
        ("p,q,0,1e400,a,a", "infinite"),
        ("p,,0,0.1,a,a", "whom it compares"),
        ("p,p,0,0.1,a,a", "a picture and itself"),
        ("p,q,1,0.1,a,a", "no non-mated rows"),
        ("p" * 200_000 + ",q,0,0.1,a,a", "cannot be read"),
        ("", "no rows"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_by_its_number(tmp_path, row, says):
    path = tmp_path / "scores.csv"
    path.write_text(HEAD + row + ("\n" if row else ""), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read(path)


@pytest.mark.parametrize("data", [HEAD.encode("utf-16"), b"PAR1" + bytes(60), b"", b"\xff" * 90])
def test_what_is_no_table_is_refused(tmp_path, data):
    path = tmp_path / "scores"
    path.write_bytes(data)
    with pytest.raises(InputError):
        read(path)


@pytest.mark.parametrize(
    "change", [{"score": [[0.1]]}, {"probe": [["p"]]}, {"score": ["high"]}, {"mated": [None]}]
)
def test_columns_of_parquet_that_hold_something_else_are_refused(tmp_path, change):
    row = {"probe": ["p"], "reference": ["q"], "mated": [False], "score": [0.1]}
    row |= {"probe_g": ["a"], "reference_g": ["a"]}
    parquet.write_table(pa.table(row | change), tmp_path / "t")
    with pytest.raises(InputError):
        read(tmp_path / "t")


def test_a_parquet_file_that_is_damaged_inside_is_refused(tmp_path):
    many = [f"p{number}" for number in range(5000)]
    row = {"probe": many, "reference": many[::-1], "mated": [False] * 5000}
    row |= {"score": [0.1] * 5000, "probe_g": many, "reference_g": many}
    parquet.write_table(pa.table(row), tmp_path / "t", compression="zstd")
    data = bytearray((tmp_path / "t").read_bytes())
    data[200:4000] = bytes(3800)
    (tmp_path / "t").write_bytes(bytes(data))
    with pytest.raises(InputError):
        read(tmp_path / "t")


def test_rows_that_contradict_each_other_are_a_finding(tmp_path):
    rows = [f"p{n},q{n},1,0.9,a,a\np{n},q{n},0,0.9,a,a\np{n},q{n + 1},0,0.1,a,a" for n in range(9)]
    (tmp_path / "t.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    found = {each.kind: each for each in read(tmp_path / "t.csv").findings(Disclosure.EXACT)}
    assert found["both"].count == 9
    assert found["both"].sentence == KINDS["both"]


RNG = np.random.default_rng(0)
GROUP = np.repeat(["a", "b"], 5)


@pytest.mark.parametrize(
    "vectors",
    [
        np.array(["x"] * 10),
        RNG.normal(size=(10, 4)) + 1j,
        RNG.normal(size=(10, 4)) * 1e300,
        np.full((10, 4), np.nan),
        np.ones(10),
        np.array([{"a": 1}] * 10, dtype=object),
    ],
)
def test_templates_that_are_none_are_refused(tmp_path, vectors):
    np.savez(tmp_path / "t.npz", features=vectors, g=GROUP)
    with pytest.raises(InputError):
        read_templates(tmp_path / "t.npz")


@pytest.mark.parametrize("what", ["array", "no archive", "half an archive", "damaged"])
def test_what_is_no_archive_of_templates_is_refused(tmp_path, what):
    path = tmp_path / "t.npz"
    np.savez_compressed(path, features=RNG.normal(size=(500, 64)), g=np.repeat(GROUP, 50))
    data = path.read_bytes()
    if what == "array":
        with path.open("wb") as file:
            np.save(file, np.ones((4, 4)))
    else:
        broken = {
            "no archive": b"PK\x03\x04" + bytes(40),
            "half an archive": data[: len(data) // 2],
            "damaged": data[:300] + bytes(300) + data[600:],
        }
        path.write_bytes(broken[what])
    with pytest.raises(InputError):
        read_templates(path)


def test_labels_of_other_length_and_a_cohort_of_other_size_are_refused(tmp_path):
    np.savez(tmp_path / "t.npz", features=RNG.normal(size=(10, 4)), g=GROUP)
    (tmp_path / "l.csv").write_text("g\na\n", encoding="utf-8")
    with pytest.raises(InputError, match="10 templates, but the file of labels has 1 rows"):
        read_templates(tmp_path / "t.npz", tmp_path / "l.csv")
    with pytest.raises(InputError, match="these templates have 4"):
        read_templates(tmp_path / "t.npz", cohort=load_cohort())


@pytest.mark.parametrize("text", ["[]", "{", '{"schema": 1}', "[" * 100_000, '{"a":' * 100_000])
def test_what_is_no_result_cannot_be_compared(tmp_path, text):
    (tmp_path / "result.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        _read(tmp_path)


def test_a_sheet_holds_no_formula_and_steers_no_terminal():
    assert _field("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert _field("\x1b[31mred") == "\ufffd[31mred"
