"""What a workspace holds, as rows of ids, times and states: what lists show, here and over HTTP.

No row holds a score, a template, a picture or what reviewers said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recognizance.canonical import parse_json
from recognizance.conditions import (
    attest_command,
    has,
    open_duties,
    order_due,
    order_missing,
    read_meter,
    reviews_needed,
    reviews_of_a_claim,
)
from recognizance.ledger import LogName
from recognizance.permits.oversight import time_left
from recognizance.subjects import overdue
from recognizance.types import Operation, utc_text
from recognizance.uses import rate_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from recognizance.gallery import LeadLine
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Entry
    from recognizance.registry import Registry
    from recognizance.workspace import Workspace

Row = dict[str, Any]

EVERY_LEAD = 1_000_000
"""House number: more leads than wait anywhere; whoever shows pages asks for a page."""


def galleries(workspace: Workspace) -> list[Row]:
    """The galleries with their permits and sizes."""
    return [
        {
            "gallery_id": each.gallery_id,
            "permit_id": each.permit_id,
            "purpose": each.purpose,
            "created_at": utc_text(each.created_at),
            "subjects": len(workspace.gallery.subjects(each.gallery_id)),
        }
        for each in workspace.gallery.galleries()
    ]


def references(workspace: Workspace, gallery_ids: Iterable[str]) -> list[Row]:
    """Who is enrolled, on which ground, from where, until when: a row a reference.

    Raises:
        NotFoundError: No such gallery.
    """
    return [
        {
            "subject_id": each.subject_id,
            "gallery_id": each.gallery_id,
            "reference_id": each.reference_id,
            "provenance": each.provenance,
            "ground": each.ground,
            "enrolled_at": utc_text(each.enrolled_at),
            "expires_at": utc_text(each.expires_at),
        }
        for gallery_id in gallery_ids
        for each in workspace.gallery.references(gallery_id)
    ]


def leads(workspace: Workspace, states: Iterable[str]) -> list[Row]:
    """The leads in some states, oldest first in each, by the hour in which they were opened.

    No closer time stands there: it would tell a lead that was planted from its neighbours.
    """
    return [
        lead_row(line)
        for state in states
        for line in workspace.gallery.queue([state], most=EVERY_LEAD)
    ]


def lead_row(line: LeadLine) -> Row:
    """A lead as it stands in a list."""
    return {
        "lead_id": line.lead_id,
        "permit_id": line.permit_id,
        "gallery_id": line.gallery_id,
        "state": line.state,
        "opened_at": utc_text(line.opened_at),
        "expires_at": utc_text(line.expires_at),
    }


def entries(found: Iterable[Entry]) -> list[Row]:
    """Entries of a log."""
    return [
        {
            "index": entry.index,
            "time": utc_text(entry.time),
            "kind": entry.kind,
            "public": dict(entry.public),
            "leaf_hash": entry.leaf_hash.hex(),
        }
        for entry in found
    ]


# ---- permits --------------------------------------------------------------------------------


def permits(workspace: Workspace) -> list[Row]:
    """Every permit that was issued, and whether it is in force."""
    now, damaged = workspace.clock(), workspace.shelf.damaged()
    return [
        {
            "permit_id": permit.permit_id,
            "class": permit.permit_class.value,
            "purpose": permit.purpose,
            "state": (
                "damaged"
                if permit.permit_id in damaged
                else state_of(permit, workspace.registry, now)
            ),
            "expires_at": utc_text(permit.expires_at),
            "self_attested": permit.self_attested,
        }
        for permit in workspace.shelf.issued().values()
    ]


def permit_row(workspace: Workspace, permit: Permit) -> Row:
    """One permit, whole: its document, its state, and how it stands."""
    document = parse_json(permit.to_json())
    return {
        **(document if isinstance(document, dict) else {}),
        "state": state_of(permit, workspace.registry, workspace.clock()),
        "self_attested": permit.self_attested,
        "standing": standing_of(workspace, permit),
    }


def state_of(permit: Permit, registry: Registry, now: datetime) -> str:
    """`revoked`, `expired`, `not yet`, `stopped`, `no order` or `in force`."""
    if permit.permit_id in registry.revoked:
        return "revoked"
    if now >= permit.expires_at:
        return "expired"
    if registry.standing.suspension_of(permit.permit_id) is not None:
        return "stopped"
    if order_missing(permit, registry.standing, now=now):
        return "no order"
    return "not yet" if now < permit.not_before else "in force"


def standing_of(workspace: Workspace, permit: Permit) -> Row:
    """How a permit stands: what stopped it, what is owed, what its meter and its timer show."""
    standing, permit_id = workspace.registry.standing, permit.permit_id
    suspension, order = standing.suspension_of(permit_id), standing.order_of(permit_id)
    due, figures = order_due(permit), standing.statistics_of(permit_id)
    meter = None
    if has(permit, "false_alert_meter"):
        meter = read_meter(permit, workspace.shelf.tally(permit_id), standing)
    return {
        "stopped": suspension and {"since": utc_text(suspension.since), "by": suspension.cause},
        "owed": [attest_command(permit_id, hook) for hook in open_duties(permit, standing)],
        "order": due
        and {
            "due": utc_text(due),
            "answer": None if order is None else "granted" if order.granted else "refused",
            "time_left": None if order else time_left(permit, workspace.clock()),
        },
        "meter": meter
        and {
            "false_alerts": meter.false_alerts,
            "faces": meter.faces,
            "lower_ppb": meter.lower_ppb,
            "limit_ppb": meter.limit_ppb,
        },
        "statistics_published": figures and utc_text(figures),
    }


def offers(workspace: Workspace, operation: Operation) -> list[Row]:
    """The permits in force under which something may be asked, and what each has to be told."""
    now, shelf, standing = workspace.clock(), workspace.shelf, workspace.registry.standing
    galleries = workspace.gallery.galleries()
    claim = operation is Operation.VERIFY
    rows = []
    for permit in shelf.issued().values():
        state = state_of(permit, workspace.registry, now)
        if operation not in permit.operations or state != "in force":
            continue
        line = shelf.lineage(permit)
        rows.append(
            {
                "permit_id": permit.permit_id,
                "purpose": permit.purpose,
                "rate": rate_sentence(permit.target.rate.value, permit.target.target_ppb),
                "until": permit.expires_at,
                "self_attested": permit.self_attested,
                "galleries": [
                    each.gallery_id
                    for each in galleries
                    if each.gallery_id in permit.gallery_ids and each.permit_id in line
                ],
                "unmade": sorted(permit.gallery_ids - {each.gallery_id for each in galleries}),
                "sites": sorted(permit.scope.sites),
                "cases": sorted(permit.scope.cases),
                "needs_case": has(permit, "case_id"),
                "reviews": reviews_of_a_claim(permit) if claim else reviews_needed(permit),
                "owed": len(open_duties(permit, standing)),
            }
        )
    return sorted(rows, key=lambda row: row["permit_id"])


# ---- everything -----------------------------------------------------------------------------


def status(workspace: Workspace) -> Row:
    """What a workspace holds, what is open, and which rules, model and evidence it runs on."""
    registry, gallery = workspace.registry, workspace.gallery
    in_force, due = _in_force(workspace), _orders_due(workspace)
    stopped = [each for each in in_force if registry.standing.suspension_of(each)]
    latest = workspace.ledger.latest_time()
    status_list = registry.correspondence.status
    return {
        "workspace_id": workspace.workspace_id,
        "home": str(workspace.layout.home),
        "authority": workspace.authority.hex() if workspace.authority else None,
        "authority_list": status_list.number if status_list else None,
        "authority_list_due": utc_text(status_list.next_due) if status_list else None,
        "objections_open": len(registry.objections.lodged) - len(registry.objections.answers),
        "principals": len(registry.principals),
        "permits_in_force": [each for each in in_force if each not in stopped],
        "permits_stopped": stopped,
        "permits_damaged": sorted(workspace.shelf.damaged()),
        "permits_revoked": len(registry.revoked),
        "orders_due": due,
        "galleries": len(gallery.galleries()),
        "subjects": sum(len(gallery.subjects(g.gallery_id)) for g in gallery.galleries()),
        "leads_open": gallery.queued(["open"]),
        "leads_contested": gallery.queued(["contested"]),
        "requests_overdue": [each.request_id for each in overdue(workspace)],
        "ledger_decisions": workspace.ledger.size(LogName.DECISIONS),
        "ledger_uses": workspace.ledger.size(LogName.USES),
        "ledger_latest": utc_text(latest) if latest else None,
        "rules_digest": workspace.bundle.digest,
        "model_id": workspace.evidence.model_id,
        "evidence_digest": workspace.evidence.digest,
    }


def _in_force(workspace: Workspace) -> list[str]:
    now = workspace.clock()
    issued, damaged = workspace.shelf.issued(), workspace.shelf.damaged()
    return [
        permit_id
        for permit_id, permit in issued.items()
        if permit_id not in workspace.registry.revoked | damaged
        and permit.not_before <= now < permit.expires_at
    ]


def _orders_due(workspace: Workspace) -> dict[str, str]:
    """The permits that wait for an order, and how long is left."""
    now, registry = workspace.clock(), workspace.registry
    return {
        permit_id: left
        for permit_id, permit in workspace.shelf.issued().items()
        if permit_id not in registry.revoked
        and now < permit.expires_at
        and registry.standing.order_of(permit_id) is None
        and (left := time_left(permit, now))
    }
