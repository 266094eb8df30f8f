"""Measured facts in an applicant's place: children were looked at, and count as not measured."""

from pathlib import Path

from recognizance.gate.case_files import load_case
from recognizance.gate.decide import decide
from recognizance.gate.permit import Target
from recognizance.gate.submission import submission_from
from recognizance.permits.measured import with_measured_evidence
from recognizance.types import ErrorRate, PermitClass

CASES = Path(__file__).resolve().parents[2] / "rules" / "cases"
TARGET = Target(ErrorRate.FPIR, 10_000_000, 1)


def measured(workspace, case: str):
    stated = submission_from(load_case(CASES / f"{case}.toml").content)
    return stated, with_measured_evidence(workspace, stated, PermitClass.STANDARD, TARGET)


def test_the_bands_of_children_are_in_the_evidence_and_are_not_covered_by_it(workspace):
    looked_at = {cell.labels.get("age") for cell in workspace.evidence.non_mated}
    assert {"0-2", "3-9"} <= looked_at
    _, submission = measured(workspace, "eu-police-missing-child-of-eight")
    assert {"10-19", "20-29"} <= set(submission.stated["ev.age_bands"])
    assert not {"0-2", "3-9"} & set(submission.stated["ev.age_bands"])


def test_whoever_types_that_children_were_measured_is_asked_for_it_all_the_same(workspace):
    stated, submission = measured(workspace, "eu-police-missing-child-of-eight--band-measured")
    at = workspace.clock().date()
    believed = {fired.rule_id for fired in decide(workspace.bundle, stated, at=at).deciding}
    measured_rules = {fired.rule_id for fired in decide(workspace.bundle, submission, at=at).fired}
    assert "EV-09" not in believed
    assert "EV-09" in measured_rules
