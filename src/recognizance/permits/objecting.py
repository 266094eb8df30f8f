"""Lodging and answering objections.

Anybody may lodge one: no key, no role, no name. What is lodged is bounded, so that a flood of
words cannot fill the log or hide the one objection that matters.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from recognizance.errors import ConflictError, NotFoundError
from recognizance.ledger import LogName
from recognizance.permits.acting import require_role
from recognizance.texts import SHORT, checked_text
from recognizance.types import Role

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.registry import Registry
    from recognizance.registry.objections import Objection
    from recognizance.types import Principal

MOST_A_DAY = 20
"""House number: most objections against one thing on one day (UTC) that are open at a time. More
of them would say nothing that twenty do not, and each must be answered."""


@dataclass(frozen=True, slots=True)
class ObjectionText:
    """The erasable part of an objection: its words, a name where one was given, the answer.

    `shown` says whether whoever lodged it wants everybody to read the words.
    """

    text: str
    name: str | None
    answer: str | None
    shown: bool = False


def lodge(
    registry: Registry,
    about: str,
    text: str,
    *,
    name: str | None = None,
    shown: bool = False,
    now: datetime,
) -> Objection:
    """Lodge an objection; the same words about the same thing are the same objection.

    Args:
        registry: The workspace's.
        about: Id of a permit, or digest of a submission that was decided here.
        text: The objection, in up to 4,000 letters.
        name: Who objects, if they want to say.
        shown: Whether everybody may read the words; the name is never shown.
        now: The clock.

    Raises:
        NotFoundError: No such permit or decision is known here.
        InputError: The text or the name is empty, too long, or holds control characters.
        ConflictError: Too many are open that came today.
    """
    registry.refresh()
    text = checked_text(text, what="The objection")
    if name is not None:
        name = checked_text(name, what="The name", longest=SHORT, one_line=True)
    _require_known(registry, about)
    still_open = registry.objections.open_against(about, about)
    for each in still_open:
        if objection_text(registry, each).text == text:
            return each
    today = [each for each in still_open if each.lodged_at.date() == now.astimezone(UTC).date()]
    if len(today) >= MOST_A_DAY:
        raise ConflictError(
            f"{MOST_A_DAY} objections against this came today and are not answered yet.",
            hint="Lodge it tomorrow, or have some of them answered; each of them counts already.",
        )
    objection_id = secrets.token_hex(8)
    registry.ledger.append(
        LogName.DECISIONS,
        "objection_lodged",
        {"objection": objection_id, "about": about},
        private={"text": text, "name": name} | ({"shown": True} if shown else {}),
        now=now,
    )
    registry.refresh()
    return registry.objections.lodged[objection_id]


def answer(
    registry: Registry, objection_id: str, reason: str, *, by: Principal, now: datetime
) -> None:
    """Answer an objection, with a reason.

    Raises:
        RoleError: Neither a signing officer nor the custodian.
        NotFoundError: There is no such objection.
        ConflictError: It was answered already.
        InputError: The reason is empty, too long, or holds control characters.
    """
    require_role(registry, by, "answer an objection", Role.SIGNING_OFFICER, Role.CUSTODIAN)
    reason = checked_text(reason, what="The reason")
    registry.refresh()
    if objection_id not in registry.objections.lodged:
        raise NotFoundError(
            "There is no objection of that id.", hint="List them with `objection list`."
        )
    if objection_id in registry.objections.answers:
        raise ConflictError(
            "This objection was answered already.", hint="An answer stands as it was given."
        )
    registry.ledger.append(
        LogName.DECISIONS,
        "objection_answered",
        {"objection": objection_id, "by": by.principal_id},
        private={"reason": reason},
        now=now,
    )
    registry.refresh()


def objection_text(registry: Registry, objection: Objection) -> ObjectionText:
    """The words of an objection and of its answer; empty where they were erased."""
    words = _payload(registry, objection.index)
    answered = registry.objections.answers.get(objection.objection_id)
    reason = None if answered is None else _payload(registry, answered).get("reason") or ""
    shown = words.get("shown") is True
    return ObjectionText(str(words.get("text") or ""), _name(words), reason, shown)


def _name(words: dict[str, Any]) -> str | None:
    name = words.get("name")
    return None if name is None else str(name)


def _payload(registry: Registry, index: int) -> dict[str, Any]:
    payload = registry.ledger.private(LogName.DECISIONS, index)
    return payload if isinstance(payload, dict) else {}


def _require_known(registry: Registry, about: str) -> None:
    permits = {asked.permit_id for asked in registry.correspondence.asked.values()}
    decided = {submission for submission, _ in registry.decided}
    if about not in registry.issued.keys() | permits | decided:
        raise NotFoundError(
            "No permit and no decision of that id is known here.",
            hint="Give the id of a permit (`permit list`), or the digest of a submission as its "
            "decision stands in the log.",
        )
