"""The audit on real features and labels: the figures that are known of them."""

import csv

import numpy as np
import pytest

from recognizance.audit.counted import Counted
from recognizance.audit.data import read_templates
from recognizance.audit.measure import audit_samples
from recognizance.audit.plan import Plan
from recognizance.audit.result import Disclosure, System, Verdict
from recognizance.audit.tablecount import count_table
from recognizance.audit.tables import Columns, header_of, label_columns, read_table
from recognizance.audit.values import Group

PLAN = Plan(
    attributes=("race", "sex"),
    targets=(1e-2, 1e-3),
    draws=200,
    disclosure=Disclosure.EXACT,
    galleries=1,
)


@pytest.fixture(scope="module")
def grown_up(faces):
    data = read_templates(faces / "fairface" / "more-features.npz")
    return data.rows(~np.isin(data.labels["age"], ["0-2", "3-9"]))


@pytest.mark.faces
def test_plain_cosine_is_far_from_equal_on_fairface(grown_up):
    result = audit_samples(grown_up, PLAN, System("default, plain cosine"))
    assert result.data.non_mated_pairs == len(grown_up) * (len(grown_up) - 1) // 2
    for point in result.points:
        (main,) = (each for each in point.inequality if each.grouping == ("race", "sex"))
        assert main.groups == 14
        assert main.verdict is Verdict.ESTABLISHED
        ratio = main.measure("max_over_min")
        assert ratio.lower > 5
        assert main.measure("max_over_min", with_suspected=True).value < ratio.value
        assert main.by_chance < 3


@pytest.mark.faces
def test_children_are_matched_to_each_other_far_more_often(faces):
    data = read_templates(faces / "fairface" / "more-features.npz")
    plan = Plan(attributes=("age",), targets=(), thresholds=(0.363,), draws=200, galleries=1)
    (point,) = audit_samples(data, plan, System("default, plain cosine")).points
    rates = {cell.group.name: cell.estimate.rate for cell in point.fmr}
    assert rates["0-2"] > 0.2
    assert rates["3-9"] > 0.02
    assert rates["20-29"] < 0.005


@pytest.mark.faces
def test_the_pairs_of_lfw_are_counted_by_sex_as_they_are_published(faces, tmp_path):
    """Folds 1 to 5 of View 2, the half that is at hand; four and five pairs lack a label.

    All ten folds have 2,223 mated pairs of men and 777 of women, and 1,674 non-mated pairs of two
    men, 1,145 of a man and a woman and 176 of two women.
    """
    with (faces / "lfw" / "labels.csv").open(encoding="utf-8") as stream:
        sex = {row["path"]: row["sex"] for row in csv.DictReader(stream)}
    table = tmp_path / "pairs.csv"
    with (faces / "lfw" / "pairs.csv").open(encoding="utf-8") as stream, table.open("w") as out:
        writer = csv.writer(out)
        writer.writerow(["probe", "reference", "mated", "score", "probe_sex", "reference_sex"])
        for number, row in enumerate(csv.DictReader(stream)):
            pair = row["probe"], row["reference"]
            labels = [sex[path] for path in pair]
            if all(labels):
                writer.writerow([*pair, row["mated"], number / 3000, *labels])
    columns = Columns(labels=label_columns(("sex",), header_of(table)))
    read = count_table("lfw", read_table(table, columns), ("sex",), digest="")
    counted = Counted(read.comparisons, ("sex",))
    men, women = (counted.data.cells_of(Group((("sex", each),))) for each in ("male", "female"))
    assert counted.misses(men, 0)[1] == 1100
    assert counted.misses(women, 0)[1] == 396
    assert counted.pairs(counted.data.pairs_within(men)) == 841
    assert counted.pairs(counted.data.pairs_between(men, women)) == 569
    assert counted.pairs(counted.data.pairs_within(women)) == 85
    assert counted.pairs(counted.everything) == 1495
