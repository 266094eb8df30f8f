"""Facts are derived, not typed: D1 to D3, D6 and D7 of the rule base.

D4 (the permit binds digests) is kept by the permit, D5 (the unknown never permits) by the
decision. A derivation only ever makes a case stricter than what was typed: whoever states
`place.public = "no"` for a street is not heard, whoever states "yes" for a home is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from recognizance.gate.across import OpenPermit, add_up, open_permit
from recognizance.gate.agebands import CHILDHOOD, ages
from recognizance.gate.draft import Draft, Facts, yes_or_no
from recognizance.gate.jurisdiction import look_up
from recognizance.gate.kinds import NO, UNKNOWN, YES
from recognizance.gate.silence import for_police, settle, with_defaults

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from recognizance.gate.kinds import Value
    from recognizance.gate.submission import Submission
    from recognizance.gate.tables import Tables

__all__ = ["Facts", "OpenPermit", "derive", "open_permit"]

NEAR_LIVE_S: Final = 600
"""House number (D2): footage searched within ten minutes is live (AIA Art. 3(42), recital 95)."""

PUBLIC_PLACES: Final = frozenset(
    {
        "street",
        "square",
        "transport",
        "airport",
        "shop",
        "stadium",
        "hospital",
        "worship",
        "toilet",
        "changing_room",
    }
)
"""Open to an undetermined number of people, whoever owns them (AIA Art. 3(44)). Prisons, border
control and workplaces limited to staff are not (recital 19); an airport is mixed, so it counts."""

OFFICER_CAMERAS: Final = frozenset({"body", "vehicle"})
"""Cameras whose footage is an officer's whenever the operator is the police."""


def derive(
    submission: Submission,
    tables: Tables,
    *,
    at: date,
    open_permits: Sequence[OpenPermit] = (),
) -> Facts:
    """Derive every fact from what was stated.

    Args:
        submission: What the applicant stated.
        tables: The dated tables.
        at: The day of the decision.
        open_permits: Permits in force, of this and other operators (D7).

    Returns:
        A value for every field, with what would settle each derived unknown.
    """
    draft = Draft(values=with_defaults(submission), typed=submission.stated)
    _operator(draft)
    _mode(draft)
    _place(draft)
    settle(draft)
    _camera(draft)
    look_up(draft, tables, at)
    _evidence(draft)
    add_up(draft, submission, open_permits)
    return draft.finished()


def _operator(draft: Draft) -> None:
    """D1: whoever acts for the police is the police (AIA Art. 3(46))."""
    answer = for_police(draft)
    if draft["op.kind"] == "police":
        return
    if answer == YES:
        draft["op.kind"] = "police"
        draft.derivations.add("D1")
    elif answer is UNKNOWN:
        draft.unknown("op.kind", "op.on_behalf_of_police")


def _mode(draft: Draft) -> None:
    """D2: "recorded" a few minutes ago is near-live.

    Silence about the delay asks for no shorter one: the permit carries the floor (HR-08).
    """
    delay = draft["delay_s"]
    if draft["mode"] != "recorded" or draft.silent("delay_s"):
        return
    if delay is UNKNOWN:
        draft.unknown("mode", "delay_s")
    elif isinstance(delay, int) and delay <= NEAR_LIVE_S:
        draft["mode"] = "near_live"
        draft.derivations.add("D2")


def _place(draft: Draft) -> None:
    """D3: public is what an undetermined number may enter, whatever is typed."""
    kind, stated = draft["place.kind"], draft.typed.get("place.public", NO)
    if kind in PUBLIC_PLACES:
        draft["place.public"] = YES
    elif kind is UNKNOWN and stated != YES:
        draft["place.public"] = UNKNOWN
    else:
        draft["place.public"] = stated
    if draft["place.public"] is not UNKNOWN:
        draft.derivations.add("D3")


def _camera(draft: Draft) -> None:
    """A worn or driven camera of the police is an officer's camera, whatever is typed."""
    cameras, operator = draft["cam.kind"], draft["op.kind"]
    if not isinstance(cameras, frozenset) or not cameras & OFFICER_CAMERAS:
        return
    if operator == "police":
        draft["cam.officer_data"] = YES
    elif operator is UNKNOWN and draft["cam.officer_data"] != YES:
        draft.unknown("cam.officer_data", *draft.because.get("op.kind", ("op.kind",)))


def _evidence(draft: Draft) -> None:
    """Whether the tests reach as far as the plan: the gallery (EV-01), the ages (EV-09)."""
    tested, planned = draft["ev.gallery"], draft["wl.size"]
    if isinstance(tested, int) and isinstance(planned, int):
        draft["ev.gallery_enough"] = yes_or_no(tested >= planned)
    draft["ev.bands_covered"] = _bands_covered(draft)


def _bands_covered(draft: Draft) -> Value:
    """Whether every age that is expected, sought or enrolled was tested.

    Who names no group expects nobody in particular: then only children who are sought or listed
    ask for more.
    """
    groups, bands = draft["pop.groups"], draft["ev.age_bands"]
    if not isinstance(groups, frozenset) and not draft.silent("pop.groups"):
        return UNKNOWN
    expected = _ages(groups) if isinstance(groups, frozenset) else frozenset()
    children = {draft["wl.minors"]}
    sought = draft["pop.kind"] == frozenset({"named_person"}) and draft.silent("wl.minors")
    if sought or not draft.silent("pop.groups"):
        children.add(draft["pop.minors"])
    if YES in children and not expected & CHILDHOOD:
        expected |= CHILDHOOD
    if not isinstance(bands, frozenset):
        return YES if not expected and children == {NO} else UNKNOWN
    tested = _ages(bands)
    if not expected <= tested:
        return NO
    return UNKNOWN if UNKNOWN in children and not tested >= CHILDHOOD else YES


@lru_cache(maxsize=256)
def _ages(texts: frozenset[str]) -> frozenset[int]:
    """The ages that the texts name; the same few bands are named again and again."""
    return ages(texts)
