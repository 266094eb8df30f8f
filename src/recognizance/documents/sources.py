"""What documents are made of: one submission and, where there are such, what follows from it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from recognizance.errors import (
    ConflictError,
    EvidenceError,
    InputError,
    ModelMismatchError,
    PermitForgedError,
)
from recognizance.gate.permit_signatures import wrong_signature

if TYPE_CHECKING:
    from recognizance.evidence import Evidence
    from recognizance.gate.decide import GateDecision
    from recognizance.gate.permit import Permit
    from recognizance.gate.submission import Submission

MAX_LINE: Final = 500
"""Characters of an address or a contact: what a QR code of a size that can be scanned holds."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of every document; they have to be about the same use.

    Attributes:
        submission: What was asked for.
        decision: What the gate answered.
        permit: What was signed.
        evidence: What was measured about the model.
        register_url: Where the public register shows the permit.
        contact: How people reach the operator to object, to see and to erase.

    Raises:
        ConflictError: The decision or the permit is about another submission, or they rest on
            different rules.
        PermitForgedError: A signature on the permit does not hold.
        ModelMismatchError: The evidence is about another model.
        EvidenceError: It is not the evidence that the permit names.
        InputError: The address is no web address, or a line is too long or has hidden characters.
    """

    submission: Submission
    decision: GateDecision | None = None
    permit: Permit | None = None
    evidence: Evidence | None = None
    register_url: str | None = None
    contact: str | None = None

    def __post_init__(self) -> None:
        if self.decision is not None:
            _same_submission(self, self.decision.submission_digest, "decision")
        if self.permit is not None:
            _same_submission(self, self.permit.submission_digest, "permit")
            _require_signatures(self.permit)
        if self.decision is not None and self.permit is not None:
            _require_same_rules(self.decision, self.permit)
        if self.evidence is not None:
            _require_its_model(self, self.evidence)
        for line in (self.register_url, self.contact):
            _require_one_line(line)
        _require_web_address(self.register_url)

    @property
    def withheld_by(self) -> tuple[str, ...]:
        """The rules that keep this permit from the public until its window has ended.

        Source: rule GV-05 and its hook `publication_after`.
        """
        conditions = [] if self.permit is None else [*self.permit.conditions]
        fired = () if self.decision is None else self.decision.fired
        carried = {each.rule_id for each in conditions if each.hook == "publication_after"}
        carried |= {each.rule_id for each in fired if each.hook == "publication_after"}
        return tuple(sorted(carried))


def model_of(submission: Submission, permit: Permit | None) -> str | None:
    """The model that the use is about: the permit's, else the submission's, else None."""
    if permit is not None:
        return permit.model_id
    stated = submission.stated.get("ev.model_id")
    return stated if isinstance(stated, str) and stated not in {"stated", "none"} else None


def _same_submission(facts: Sources, digest: str, what: str) -> None:
    if digest != facts.submission.digest:
        raise ConflictError(
            f"The {what} is about another submission than this one.",
            hint="Use the submission as it was decided: the gate adds the measured error rates "
            "to what was filed, and the workspace keeps that in its folder `submissions`.",
            rules=("D4",),
        )


def _require_same_rules(decision: GateDecision, permit: Permit) -> None:
    if decision.bundle_digest != permit.bundle_digest:
        raise ConflictError(
            "The permit was decided by other rules than this decision.",
            hint="Hand over the decision by the permit's own rules, or none.",
            rules=("D4",),
        )


def _require_signatures(permit: Permit) -> None:
    problem = wrong_signature(permit)
    countersignature = permit.countersignature
    if countersignature is not None and countersignature.public_key != permit.authority:
        problem = "somebody else than its authority countersigned it"
    if problem is not None:
        raise PermitForgedError(
            f"No document is made of this permit: {problem}.",
            hint="Use the permit as the gate wrote it.",
            rules=("D4",),
        )


def _require_its_model(facts: Sources, evidence: Evidence) -> None:
    model_id = model_of(facts.submission, facts.permit)
    if model_id not in {None, evidence.model_id}:
        raise ModelMismatchError(
            "The evidence is about another model than this use.",
            hint="Hand over the evidence that was measured with the model of this use.",
        )
    named = None if facts.permit is None else facts.permit.evidence_digest
    if named not in {None, evidence.digest}:
        raise EvidenceError(
            "This is not the evidence that the permit names.",
            hint="Hand over the evidence file whose digest stands in the permit.",
        )


def _require_one_line(text: str | None) -> None:
    hidden = any(unicodedata.category(c)[0] == "C" for c in text or "")
    if text is not None and (not text.strip() or hidden or len(text) > MAX_LINE):
        raise InputError(
            "The register address or the contact is empty, too long or has hidden characters.",
            hint=f"Give one line of at most {MAX_LINE} characters.",
        )


def _require_web_address(address: str | None) -> None:
    if address is None:
        return
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc or " " in address:
        raise InputError(
            "The register address is no web address.",
            hint="Write it in full, beginning with https://.",
        )
