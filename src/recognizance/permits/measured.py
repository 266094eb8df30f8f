"""What a submission may say of test results: what the evidence of the workspace says, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import RecognizanceError
from recognizance.evidence import threshold_for
from recognizance.gate.kinds import plain
from recognizance.gate.submission import submission_from
from recognizance.types import PPB, PermitClass, utc_moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from recognizance.evidence import Evidence, Threshold
    from recognizance.gate.permit import Target
    from recognizance.gate.submission import Submission
    from recognizance.workspace import Workspace


def with_measured_evidence(
    workspace: Workspace, stated: Submission, permit_class: PermitClass, target: Target
) -> Submission:
    """The submission with what the workspace's evidence says in place of what was typed.

    A trial claims nothing about error rates. For every other class the facts that the evidence
    holds (model, threshold, bounds, ages measured) are read from it, so that nobody types a
    better one; what it does not hold (an operational test, independence) stays as stated.

    Raises:
        TargetUnsupportedError: The evidence does not support the target.
    """
    threshold = workspace.threshold_of(target)  # refuses a target below what was measured
    if permit_class is PermitClass.TRIAL:
        return stated
    facts = measured_facts(workspace.evidence, threshold, target, at=workspace.clock())
    return stating(stated, facts)


def misstated(
    submission: Submission, evidence: Evidence, target: Target, *, at: datetime
) -> str | None:
    """In what a submission's test results are others than were measured; None where they are not.

    Args:
        submission: What an operator sent.
        evidence: The measurement that both sides have.
        target: The error rate that was asked for.
        at: When the permit was made.
    """
    try:
        threshold = threshold_for(
            evidence, target.rate, target.target_ppb, target.gallery_size or 1
        )
    except RecognizanceError:
        return "the measurement does not support its error rate"
    facts = measured_facts(evidence, threshold, target, at=at)
    if stating(submission, facts).digest != submission.digest:
        return "its submission states other error rates than were measured"
    return None


def stating(submission: Submission, facts: Mapping[str, object]) -> Submission:
    """The submission with these facts in place of what was typed."""
    content = {name: plain(value) for name, value in submission.stated.items()}
    return submission_from({**content, **facts})


def measured_facts(
    evidence: Evidence, threshold: Threshold, target: Target, *, at: datetime
) -> dict[str, object]:
    """What the evidence says of itself at a threshold, in the fields of a submission."""
    setting = [each for each in threshold.fmr_by_group if each.sets_threshold and each.measured]
    fnmr = max((each.fnmr for each in threshold.fnmr_by_group), default=1.0)
    size = target.gallery_size or 1
    measured: dict[str, object] = {
        "ev.model_id": evidence.model_id,
        "ev.threshold": round(threshold.score * PPB),
        "ev.gallery": size,
        "ev.n_group": int(min((each.false_matches for each in setting), default=0)),
        "ev.fpir_max_ub": round(_fpir(threshold.worst.upper, size) * PPB),
        "ev.fnir_max": round(fnmr * PPB),
        "ev.tpr_min": round((1 - fnmr) * PPB),
        "ev.age_bands": _age_bands(evidence),
        "ev.age_d": max(0, (at - utc_moment(evidence.made_at)).days),
    }
    ratios = [each.lower for each in threshold.ratios if not each.with_suspected and each.lower]
    if ratios:
        measured["ev.ratio_lb"] = round(max(ratios) * PPB)
    return measured


def _age_bands(evidence: Evidence) -> list[str]:
    """The age bands that the threshold was set for.

    Children are in the evidence so that people see how the model errs on them; the threshold was
    not set for them, so they count as not measured (rule EV-09).
    """
    cells = (cell for cell in evidence.non_mated if cell.sets_threshold)
    return sorted({cell.labels["age"] for cell in cells if "age" in cell.labels})


def _fpir(fmr: float, gallery_size: int) -> float:
    """FPIR = 1 - (1 - FMR)^N: the binomial link of NISTIR 8429, Annex B, for N comparisons."""
    return float(1 - (1 - fmr) ** gallery_size)
