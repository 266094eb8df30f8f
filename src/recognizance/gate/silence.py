"""What silence means: the table's default, and what other statements settle.

Silence is not `"unknown"`. Who writes `"unknown"` has looked and does not know, and that stays
unknown. Who writes nothing has often said it elsewhere: opted-in people are asked for no second
consent, a household needs no district. Nothing here loosens a statement that was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.gate.draft import yes_or_no
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NO, UNKNOWN, YES

if TYPE_CHECKING:
    from recognizance.gate.draft import Draft
    from recognizance.gate.kinds import Value
    from recognizance.gate.submission import Submission

GATHERING_PLACES: Final = frozenset({"workplace", "school", "worship"})
"""Not public, and yet people strike, protest or pray there: silence about it stays unknown."""

SELF_ATTESTED: Final = frozenset({"trial", "opted_in", "household"})
OWN_PURPOSES: Final = frozenset(
    {
        "access_control",
        "boarding",
        "payment",
        "attendance",
        "blocklist_shop",
        "self_exclusion",
        "personal_contacts",
        "own_photos",
        "duplicate_check",
        "research_consented",
        "trial",
    }
)
"""Purposes of an operator's own; a search for the police has another one."""

STATE_OPERATORS: Final = frozenset({"police", "court", "prison", "border", "public"})
MOBILE_CAMERAS: Final = frozenset({"body", "vehicle", "drone", "handheld", "glasses"})
_OPTED_IN: Final = frozenset({"opted_in"})
_INMATES_AND_STAFF: Final = frozenset({"detainees", "staff"})

_DEFAULTS: Final = {name: spec.silence for name, spec in FIELDS.items()}
_WITHOUT_LIST: Final = {
    name: spec.without_list if name.startswith("wl.") else spec.silence
    for name, spec in FIELDS.items()
}


def with_defaults(submission: Submission) -> dict[str, Value]:
    """What was stated, over what the table of fields says of silence."""
    return (_DEFAULTS if submission.has_list else _WITHOUT_LIST) | submission.stated


def for_police(draft: Draft) -> Value:
    """Whether the operator acts for the police.

    Only a private operator is asked, and not where class or purpose says that the use is its own:
    the permit is bound to its purpose, so who boards passengers under it cannot serve the police.
    """
    stated = draft["op.on_behalf_of_police"]
    own = draft["class"] in SELF_ATTESTED or draft["purpose"] in OWN_PURPOSES
    if draft.silent("op.on_behalf_of_police") and (draft["op.kind"] != "private" or own):
        return NO
    return stated


def settle(draft: Draft) -> None:
    """Fill what nobody wrote and other statements settle; operator and place are derived already.

    Args:
        draft: The facts so far; changed in place.
    """
    people, operator = draft["pop.kind"], draft["op.kind"]
    household = operator == "household"
    bounded = household or draft["class"] in SELF_ATTESTED or _only(people, _OPTED_IN)
    prison = "prison" in {draft["place.kind"], operator}
    closed = draft["place.public"] == NO and draft["place.kind"] not in GATHERING_PLACES
    settled: dict[str, Value] = {
        # Nobody but those admitted can gather in a home, a prison or a border hall.
        "assembly": NO if closed else UNKNOWN,
        # A household, a few people who opted in, a trial: they are reached at one point.
        "place.span": "point" if bounded else UNKNOWN,
        # Children are not held or employed in a prison; where they are, it has to be said.
        "pop.minors": NO if prison and _only(people, _INMATES_AND_STAFF) else UNKNOWN,
        # In a household that somebody opted in is their consent.
        "consent.explicit": YES if household and _only(people, _OPTED_IN) else UNKNOWN,
        "cam.officer_data": _officer_data(draft["cam.kind"], operator),
        # An order that names no end is bounded by the permit's own.
        "auth.in_force": YES if draft.silent("auth.expires") else UNKNOWN,
    }
    for name, value in settled.items():
        if draft.silent(name):
            draft[name] = value


def _only(people: Value, kinds: frozenset[str]) -> bool:
    return isinstance(people, frozenset) and people <= kinds


def _officer_data(cameras: Value, operator: Value) -> Value:
    """Whether an officer's camera took the footage, where camera and operator tell."""
    if not isinstance(cameras, frozenset):
        return UNKNOWN
    if "upload" in cameras:
        return UNKNOWN if operator is UNKNOWN or operator in STATE_OPERATORS else NO
    if not cameras & MOBILE_CAMERAS:
        return NO
    return UNKNOWN if operator is UNKNOWN else yes_or_no(operator == "police")
