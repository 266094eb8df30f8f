"""The disclosure bundle: everything about a confirmed lead that whoever is accused has to see.

System, gallery, error rate, all candidates, reviewers and their verdicts (rule LE-12; Maryland
Code, Criminal Procedure 2-504; Revised Code of Washington 43.386.070). The bundle is one JSON
document; its digest is recorded before it leaves, and the receipt of that entry is in it, so
that whoever holds the workspace's public key can check that this and nothing else was handed over.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.conditions import has, rules_of
from recognizance.errors import ConflictError, NotFoundError, PermitScopeError
from recognizance.gate.hooks import HOOKS
from recognizance.ledger import LogName
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.gallery import Gallery
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Entry, Ledger
    from recognizance.registry.standing import Standing
    from recognizance.review import Lead

FORMAT = "recognizance-disclosure/1"
NO_SCORES = (
    "Leads keep no comparison scores: reviewers see candidates without them and in no order. "
    "The threshold that every candidate reached stands under decision."
)


def check_exportable(lead: Lead) -> None:
    """Only what people have confirmed, and what nobody contests, is handed out.

    Raises:
        ConflictError: The lead is anything else.
    """
    if lead.confirmed is None:
        raise ConflictError(
            f"Only a confirmed lead that nobody contests is exported; this one is {lead.state}.",
            hint="See it with `recognizance review show`.",
        )


def check_independent(permit: Permit, lead: Lead, evidence_id: str | None) -> None:
    """Is there evidence besides the lead, by an id that is not the lead's own or its case's?

    Raises:
        PermitScopeError: The permit asks for it, and none is named.
    """
    if not has(permit, "independent_evidence"):
        return
    stated = (evidence_id or "").strip().casefold()
    own = {lead.lead_id, lead.case_id, lead.permit_id, lead.gallery_id, lead.probe_digest}
    if not stated or stated in {each.casefold() for each in own if each}:
        raise PermitScopeError(
            "A lead is handed out only with the id of evidence that is independent of it.",
            hint="Name it with --evidence; the lead, its case and its permit are no evidence.",
            rules=rules_of(permit, "independent_evidence"),
        )


def check_complete(permit: Permit, lead: Lead) -> None:
    """Are all candidates of the search still there to be disclosed?

    Raises:
        PermitScopeError: Some were erased, and the permit asks for all of them.
    """
    if lead.erased_ranks and has(permit, "disclosure_bundle"):
        raise PermitScopeError(
            "Some candidates of this search were erased, so it cannot be disclosed as a whole.",
            hint="Search again, on the record; a lead that hides candidates is not handed out.",
            rules=rules_of(permit, "disclosure_bundle"),
        )


def entries_about(ledger: Ledger, lead_id: str) -> tuple[Entry, ...]:
    """What the uses log says of a lead: the search, who looked, each verdict, contests, exports."""
    return tuple(
        entry
        for entry in ledger.entries(LogName.USES)
        if entry.public.get("lead") == lead_id and entry.public.get("outcome") != "intent"
    )


def releases_of(ledger: Ledger, lead_id: str) -> list[str]:
    """Entries that named somebody on a lead, or handed it out."""
    return [
        f"{entry.log.value}/{entry.index}"
        for entry in entries_about(ledger, lead_id)
        if entry.public.get("outcome") in {"confirmed", "exported"}
    ]


def bundle_of(
    permit: Permit,
    lead: Lead,
    *,
    evidence_id: str | None,
    ledger: Ledger,
    gallery: Gallery,
    standing: Standing,
) -> dict[str, object]:
    """The content of the bundle, as JSON values; `sealed` adds the proof that it was recorded."""
    entries = entries_about(ledger, lead.lead_id)
    search: Mapping[str, object] = entries[0].public if entries else {}
    named = lead.confirmed
    return {
        "format": FORMAT,
        "lead": {
            "lead_id": lead.lead_id,
            "state": lead.state.value,
            "opened_at": utc_text(lead.opened_at),
            "case_id": lead.case_id,
            "independent_evidence": evidence_id,
            "confirmed": named.subject_id if named else None,
            "candidates_erased_since": len(lead.erased_ranks),
        },
        "probe": {
            "sha256": lead.probe_digest,
            "quality": asdict(lead.quality) if lead.quality else None,
        },
        "decision": {
            "rate": permit.target.rate.value,
            "target_ppb": permit.target.target_ppb,
            "threshold_e6": search.get("threshold_e6"),
            "error_rate": "in the worst measured group, upper 95 % bound",
            "scores": NO_SCORES,
        },
        "gallery": {
            "gallery_id": lead.gallery_id,
            "references_searched": lead.searched,
            "references_signed_for": permit.target.gallery_size,
        },
        "candidates": [
            _candidate(gallery, each.reference_id, each.subject_id, each.rank)
            for each in lead.candidates
        ],
        "reviews": [
            {
                "reviewer": verdict.reviewer_id,
                "trained_on": _day(standing, verdict.reviewer_id),
                "choice": verdict.choice.value,
                "reference_id": verdict.reference_id,
                "reason": verdict.reason,
                "at": utc_text(verdict.at),
            }
            for verdict in lead.verdicts
        ],
        "contest": None
        if lead.contest is None
        else {"reason": lead.contest.reason, "at": utc_text(lead.contest.at)},
        "system": {
            "model_id": permit.model_id,
            "evidence_sha256": permit.evidence_digest,
            "rules_sha256": permit.bundle_digest,
            "hooks": {each.hook: HOOKS.get(each.hook, "") for each in permit.conditions},
        },
        "permit": parse_json(permit.to_json()),
        "entries": [
            {
                "entry": f"{entry.log.value}/{entry.index}",
                "leaf": ledger.leaf(entry.log, entry.index).decode(),
                "receipt": ledger.receipt(entry.log, entry.index),
            }
            for entry in entries
        ],
        "ledger_key": ledger.vkey(LogName.USES),
    }


def digest_of(content: Mapping[str, object]) -> str:
    """SHA-256 of a bundle's content, hex: what the export is recorded with."""
    return hashlib.sha256(canonical_bytes(content)).hexdigest()


def sealed(content: Mapping[str, object], *, leaf: bytes, receipt: str) -> bytes:
    """The bundle as it is handed over: content, digest, and the entry that recorded it.

    To check one by hand: `sha256` is that of the canonical JSON (RFC 8785) of `content` and stands
    in `leaf`; `receipt` proves that `leaf` is in the ledger whose key `content.ledger_key` is.
    """
    return canonical_bytes(
        {
            "content": dict(content),
            "sha256": digest_of(content),
            "leaf": leaf.decode(),
            "receipt": receipt,
        }
    )


def _candidate(
    gallery: Gallery, reference_id: str, subject_id: str, rank: int
) -> dict[str, object]:
    table: dict[str, object] = {
        "rank": rank,
        "reference_id": reference_id,
        "subject_id": subject_id,
    }
    try:
        reference = gallery.reference(reference_id)
    except NotFoundError:
        return table | {"reference": "destroyed since"}
    return table | {
        "provenance": str(reference.provenance),
        "ground": reference.ground,
        "sample_sha256": reference.sample_digest,
        "enrolled_at": utc_text(reference.enrolled_at),
        "quality": asdict(reference.quality),
    }


def _day(standing: Standing, principal_id: str) -> str | None:
    day = standing.trained_on(principal_id)
    return day.isoformat() if day else None
