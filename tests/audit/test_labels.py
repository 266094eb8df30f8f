"""What is odd about labels and pictures is found before any rate."""

import numpy as np
import pytest
from crowd import crowd

from recognizance.audit.data import read_templates, samples
from recognizance.audit.labels import label_findings, picture_findings, small_groups
from recognizance.audit.result import Disclosure, Group
from recognizance.errors import InputError

EXACT = Disclosure.EXACT


def found(column, people=None, disclosure=EXACT):
    column = np.array(column)
    people = np.arange(column.size) if people is None else np.array(people)
    findings = label_findings(people, {"label": column}, disclosure=disclosure)
    return {each.kind: each for each in findings}


def test_missing_labels_are_counted_by_person():
    assert found(["", "", "a"], people=[1, 1, 2])["missing"].count == 1


def test_two_values_in_one_field_are_found():
    odd = found(["male"] * 40 + ["female"] * 40 + ["male/female", "female, male"])["double"]
    assert odd.count == 2
    assert odd.values == ("female, male", "male/female")


@pytest.mark.parametrize("word", ["femal", "Female", "fmale", "femaIe", " female"])
def test_a_rare_value_near_a_frequent_one_is_a_misspelling(word):
    odd = found(["female"] * 50 + ["male"] * 50 + [word])["misspelt"]
    assert odd.values == (word,)


def test_words_that_are_merely_alike_are_not_misspelt():
    assert "misspelt" not in found(["female"] * 50 + ["male"] * 50)
    assert "misspelt" not in found(["20-29"] * 500 + ["20-28"])
    assert "misspelt" not in found(["East Asian"] * 500 + ["Southeast Asian"] * 300)


@pytest.mark.parametrize("word", ["03-Sep", "Oct-19", "9-Mar", "2003-09-03", "03/09/2003"])
def test_ages_that_a_spreadsheet_turned_into_dates_are_found(word):
    assert found(["20-29"] * 30 + [word] * 10)["mangled_age"].values == (word,)


def test_dates_without_ages_are_let_be():
    assert "mangled_age" not in found(["2003-09-03", "2004-01-01"])


def test_one_person_with_two_labels_is_found():
    assert found(["a", "b", "a", ""], people=[1, 1, 2, 2])["contradicting"].count == 1


def test_few_are_not_told_from_each_other_without_a_permit():
    one = found(["x"] * 50 + [""], disclosure=Disclosure.COUNTS)["missing"]
    four = found(["x"] * 50 + [""] * 4, disclosure=Disclosure.COUNTS)["missing"]
    assert (one.count, one.few) == (four.count, four.few) == (0, True)


def test_the_same_photograph_and_the_same_person_twice_are_found():
    data = crowd(100, 2, failures=0, dimension=64)
    vectors = data.vectors.copy()
    vectors[3] = vectors[2]  # both of person 1
    vectors[10] = vectors[0]  # of persons 5 and 0
    rng = np.random.default_rng(0)
    vectors[20] = vectors[30] + 0.08 * rng.standard_normal(64)  # persons 10 and 15
    changed = samples(
        "changed", vectors, data.labels, subjects=data.subjects, pictures=data.pictures
    )
    counts = {
        each.kind: each.count for each in picture_findings(changed, ("sex",), disclosure=EXACT)
    }
    assert counts["same_photograph_mated"] == 1
    assert counts["same_photograph"] == 1
    # Each of the two also resembles the other picture of the person it was put beside.
    assert counts["suspected_same_person"] == 3


def test_files_with_one_digest_are_one_photograph():
    data = crowd(50, 2, failures=0, dimension=64)
    alike = data.vectors.copy()
    alike[1] = alike[0] + 0.08 * np.random.default_rng(0).standard_normal(64)
    digests = ["same", "same", *(f"other {number}" for number in range(98))]
    changed = samples("c", alike, {}, subjects=data.subjects, photographs=digests)
    kinds = {each.kind for each in picture_findings(changed, (), disclosure=EXACT)}
    assert "same_photograph_mated" in kinds


def test_names_are_shown_under_a_permit_alone():
    data = crowd(50, 1, failures=0.2)
    for disclosure in Disclosure:
        for each in picture_findings(data, (), disclosure=disclosure):
            assert bool(each.examples) <= (disclosure is Disclosure.NAMED)


def test_very_small_groups_are_counted_and_not_named():
    sizes = [(Group((("g", "tiny"),)), 2), (Group((("g", "small"),)), 12)]
    finding = small_groups(sizes, disclosure=Disclosure.COUNTS)
    assert finding.count == 2
    assert [group.name for group, _ in finding.groups] == ["small"]
    assert small_groups([], disclosure=EXACT) is None


def test_templates_are_read_with_labels_beside_or_within(tmp_path):
    data = crowd(20, 2, failures=0)
    np.savez(tmp_path / "a.npz", features=data.vectors, sex=data.labels["sex"])
    (tmp_path / "labels.csv").write_text(
        "path,who,sex\n"
        + "".join(
            f"{row}.jpg,{person},{sex}\n"
            for row, (person, sex) in enumerate(
                zip(data.subjects.tolist(), data.labels["sex"].tolist(), strict=True)
            )
        ),
        encoding="utf-8",
    )
    within = read_templates(tmp_path / "a.npz")
    beside = read_templates(tmp_path / "a.npz", tmp_path / "labels.csv", subject="who")
    assert not within.identities
    assert beside.identities
    assert np.array_equal(within.labels["sex"], beside.labels["sex"])
    assert beside.pictures[0] == "0.jpg"
    assert "who" not in beside.labels
    with pytest.raises(InputError):
        read_templates(tmp_path / "a.npz", features="vectors")
    with pytest.raises(InputError):
        read_templates(tmp_path / "a.npz", subject="who")
    with pytest.raises(InputError):
        read_templates(tmp_path / "labels.csv")


@pytest.mark.parametrize(
    ("vectors", "options"),
    [
        (np.ones(4), {}),
        (np.ones((3, 4)), {"labels": {"sex": ["male"]}}),
        (np.ones((3, 4)), {"subjects": ["a"]}),
        (np.full((3, 4), np.nan), {}),
        (np.zeros((3, 4)), {"acquired": [True] * 3}),
    ],
)
def test_arrays_that_do_not_fit_are_refused(vectors, options):
    with pytest.raises(InputError):
        samples("x", vectors, options.pop("labels", {}), **options)
