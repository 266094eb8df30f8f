"""Tables of scores: whatever their format and size, the figures are those of brute force."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.audit import rates, tablecount, tables
from recognizance.audit.measure import audit_table
from recognizance.audit.plan import Plan
from recognizance.audit.report.summary import summarise
from recognizance.audit.result import Basis, Disclosure, System
from recognizance.audit.tablecount import count_table
from recognizance.audit.tables import Columns, digest_of, header_of, label_columns, read_table
from recognizance.errors import InputError

HEADER = ("probe", "reference", "mated", "score", "probe_sex", "reference_sex")


def rows(seed: int, people: int = 60, count: int = 4000) -> list[tuple]:
    """Comparisons among people of two groups; scores have ties."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        one, other = rng.integers(people, size=2)
        mated = bool(rng.random() < 0.2) or one == other
        other = one if mated else other
        score = round(float(rng.normal(0.6 if mated else 0.0, 0.15)), 2)
        sexes = [("female", "male")[person % 2] for person in (one, other)]
        found.append((f"{one}-a", f"{other}-b", int(mated), score, *sexes))
    return found


def written(path, found, header=HEADER):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(found)
    return path


def counted(path, *, attributes=("sex",), columns=None, thresholds=()):
    columns = columns or Columns(labels=label_columns(attributes, header_of(path)))
    return count_table(
        "scores",
        read_table(path, columns),
        columns.attributes,
        digest=digest_of(path),
        thresholds=thresholds,
    )


def audited(path, **options):
    plan = {
        "attributes": ("sex",),
        "draws": 200,
        "targets": (1e-2, 1e-3),
        "disclosure": Disclosure.EXACT,
    } | options
    thresholds = plan.get("thresholds", ())
    return audit_table(
        counted(path, attributes=plan["attributes"], thresholds=thresholds),
        Plan(**plan),
        System("another system"),
    )


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_thresholds_and_rates_are_those_of_the_plain_functions(tmp_path_factory, seed):
    found = rows(seed)
    path = written(tmp_path_factory.mktemp("scores") / "t.csv", found)
    result = audited(path, basis=Basis.ALL_PAIRS)
    mated = [score for _, _, same, score, *_ in found if same]
    others = [score for _, _, same, score, *_ in found if not same]
    assert result.data.mated_pairs == len(mated)
    assert result.data.non_mated_pairs == len(others)
    for point in result.points:
        assert point.threshold == rates.threshold_at_most(others, point.target)
        assert point.overall_fmr.estimate.rate == rates.false_match_rate(others, point.threshold)
        assert point.overall_fnmr.estimate.rate == rates.false_non_match_rate(
            mated, point.threshold
        )


def test_groups_and_matrix_are_those_of_brute_force(tmp_path):
    found = rows(1)
    result = audited(written(tmp_path / "t.csv", found))
    for point in result.points:
        for i, one in enumerate(point.cross.groups):
            for j, other in enumerate(point.cross.groups):
                sexes = {one.name, other.name}
                scores = [
                    score
                    for _, _, same, score, first, second in found
                    if not same and {first, second} == sexes
                ]
                given = point.cross.cell(i, j).estimate
                assert given.trials == len(scores)
                assert given.errors == sum(score >= point.threshold for score in scores)


def test_a_given_threshold_is_taken_as_it_is(tmp_path):
    found = rows(2)
    result = audited(written(tmp_path / "t.csv", found), thresholds=(0.333,), targets=())
    (point,) = result.points
    assert point.threshold == 0.333
    mated = [score for _, _, same, score, *_ in found if same]
    assert point.overall_fnmr.estimate.errors == sum(score < 0.333 for score in mated)


def test_pictures_that_are_mated_are_one_person(tmp_path):
    table = counted(written(tmp_path / "t.csv", rows(3)))
    # Every person has the pictures a and b, joined by the mated rows.
    assert table.comparisons.images.size == 60
    assert table.images == 120


def test_a_table_larger_than_the_tail_gives_the_same_rates(tmp_path, monkeypatch):
    path = written(tmp_path / "t.csv", rows(4, count=20_000))
    whole = audited(path)
    monkeypatch.setattr(tablecount, "TAIL_ROWS", 2000)
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 700)
    part = audited(path)
    for one, other in zip(whole.points, part.points, strict=True):
        assert one.threshold == other.threshold
        assert [c.estimate.errors for c in one.fmr] == [c.estimate.errors for c in other.fmr]
        assert [c.estimate.trials for c in one.fmr] == [c.estimate.trials for c in other.fmr]


def test_parquet_gives_what_csv_gives(tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    found = rows(5)
    columns = list(zip(*found, strict=True))
    path = tmp_path / "t.parquet"
    parquet.write_table(
        pa.table(
            {
                key: pa.array([bool(v) for v in column] if key == "mated" else list(column))
                for key, column in zip(HEADER, columns, strict=True)
            }
        ),
        path,
    )
    one, other = audited(path), audited(written(tmp_path / "t.csv", found))
    assert one.points == other.points


def test_how_much_of_a_table_is_read_ends_with_all_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 500)
    path = written(tmp_path / "t.csv", rows(1))
    told = []
    columns = Columns(labels=label_columns(("sex",), header_of(path)))
    chunks = list(read_table(path, columns, progress=lambda *each: told.append(each)))
    assert len(chunks) > 1
    assert len(told) == len(chunks)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    assert told == sorted(told)


def test_a_distance_is_turned_into_a_similarity(tmp_path):
    found = [(a, b, m, -s, *rest) for a, b, m, s, *rest in rows(6)]
    path = written(tmp_path / "t.csv", found)
    plain = counted(written(tmp_path / "u.csv", rows(6)))
    columns = Columns(labels=label_columns(("sex",), HEADER), distance=True)
    turned = counted(path, columns=columns)
    assert np.array_equal(turned.comparisons.counts, plain.comparisons.counts)


def test_columns_have_any_names(tmp_path):
    header = ("p1", "p2", "label", "cosine", "sex1", "sex2")
    path = written(tmp_path / "t.csv", rows(7), header)
    columns = Columns("p1", "p2", "label", "cosine", label_columns(("sex",), header))
    assert counted(path, columns=columns).images == 120


def test_rows_without_a_score_and_pictures_against_themselves_are_found_and_left_out(tmp_path):
    odd = [("1-a", "1-a", 1, 1.0, "male", "male"), ("1-a", "2-b", 0, "", "male", "female")]
    result = audited(written(tmp_path / "t.csv", [*rows(8), *odd]))
    counts = {finding.kind: finding.count for finding in result.findings}
    assert counts["same_photograph_mated"] == 1
    assert counts["unscored"] == 1
    assert result.data.mated_pairs + result.data.non_mated_pairs == 4000


def test_a_picture_with_two_labels_is_found(tmp_path):
    odd = [("1-a", "2-b", 0, 0.1, "female", "female")]
    result = audited(written(tmp_path / "t.csv", [*rows(9), *odd]))
    assert any(finding.kind == "contradicting" for finding in result.findings)


@pytest.mark.parametrize(
    "row",
    [
        ("a", "b", "perhaps", 0.1, "male", "male"),
        ("a", "b", 0, "high", "male", "male"),
        ("a", "b", 0, "inf", "male", "male"),
        ("a", "a", 0, 0.1, "male", "male"),
        ("", "b", 0, 0.1, "male", "male"),
        ("a", "b", 0),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_not_quoted(tmp_path, row):
    path = written(tmp_path / "t.csv", [*rows(10, count=100), row])
    with pytest.raises(InputError) as caught:
        audited(path)
    assert "perhaps" not in str(caught.value)
    assert "high" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("content", ["", "probe,reference\n", "\x00\xff"])
def test_a_file_that_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError):
        audited(path)


def test_a_table_without_non_mated_rows_is_refused(tmp_path):
    path = written(tmp_path / "t.csv", [("a", "b", 1, 0.5, "male", "male")])
    with pytest.raises(InputError):
        audited(path)


def test_labels_are_counted_in_people_and_not_in_pictures(tmp_path):
    """Else four people with two pictures each would be told from none (`FEW_PEOPLE`)."""
    sexes = ["other"] * 4 + ["female", "male"] * 10
    found = [
        (f"{one}-a", f"{two}-b", int(one == two), 0.9 if one == two else 0.1 * (one < two), *sex)
        for one in range(len(sexes))
        for two in range(len(sexes))
        for sex in [(sexes[one], sexes[two])]
    ]
    path = written(tmp_path / "t.csv", found)
    (known,) = audited(path).data.attributes
    assert {each.value: (each.people, each.images) for each in known.values} == {
        "female": (10, 20),
        "male": (10, 20),
        "other": (4, 8),
    }
    (told,) = audited(path, disclosure=Disclosure.COUNTS).data.attributes
    assert "other" not in {each.value for each in told.values}


def test_no_group_is_named_the_worst_where_all_are_missed_alike(tmp_path):
    result = audited(written(tmp_path / "t.csv", rows(3)), thresholds=(2.0,), targets=())
    (missed,) = [each for each in summarise(result).stands_out if "are missed" in each]
    assert "100 %" in missed
    assert "most often" not in missed
