"""D7: what a permit covers is counted across permits.

Five hundred permits for a street each are one permit for a city.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.gate.draft import yes_or_no
from recognizance.gate.kinds import NO, UNKNOWN, YES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recognizance.gate.draft import Draft, Facts
    from recognizance.gate.kinds import Value
    from recognizance.gate.submission import Submission

MANY_SITES: Final = 10
"""House number: more public sites than this under one operator are a district."""

ORDERS: Final = frozenset({"warrant", "emergency"})
_WIDE: Final = frozenset({"district", "city"})


@dataclass(frozen=True, slots=True)
class OpenPermit:
    """What D7 needs to know of a permit that the same operator already holds.

    Attributes:
        operator: Who holds it, folded; empty where it is not known.
        site: Which site; permits for one site count once. Empty: a site of its own.
        public: Whether the place is, or may be, public.
        live: Whether it is, or may be, watched live.
        named: Whether only a named person is searched for.
        wide: Whether it spans a district or a city.
        cameras: How many, or None where it is not known.
        order: What identifies the one warrant or emergency it rests on; empty where none does.
    """

    operator: str
    site: str
    public: bool
    live: bool
    named: bool
    wide: bool
    cameras: int | None
    order: str


def open_permit(submission: Submission, facts: Facts, *, site: str = "") -> OpenPermit:
    """What D7 remembers of a permit that was given on a submission. The unknown counts as yes."""
    cameras = facts["cam.count"]
    return OpenPermit(
        operator=submission.text("operator").casefold(),
        site=site,
        public=facts["place.public"] != NO,
        live=facts["mode"] != "recorded",
        named=facts["pop.kind"] == frozenset({"named_person"}),
        wide=facts["place.span"] in _WIDE,
        cameras=cameras if isinstance(cameras, int) else None,
        order=_order(facts.values),
    )


def _order(values: Mapping[str, Value]) -> str:
    """One warrant or one emergency, told apart by what it names; empty where it names nothing."""
    kind = values["auth.kind"]
    named = [values[f"auth.{part}"] for part in ("objective", "scope_persons", "expires")]
    if kind not in ORDERS or all(part is UNKNOWN for part in named):
        return ""
    return "/".join(map(str, (kind, *named)))


def add_up(draft: Draft, submission: Submission, open_permits: Sequence[OpenPermit]) -> None:
    """D7: five hundred permits for a street each are one permit for a city."""
    values = draft.values
    operator = submission.text("operator").casefold()
    public = [
        permit
        for permit in open_permits
        if permit.public and (not operator or permit.operator in {"", operator})
    ]
    if values["place.public"] == NO:
        public = []
    span, cameras = values["place.span"], values["cam.count"]
    _widen(draft, [permit for permit in public if permit.live or not permit.named])
    live = [permit for permit in public if permit.live]
    watches = values["place.public"] != NO and values["mode"] != "recorded"
    if not watches:
        values["permits.public_sites"] = values["permits.public_cameras"] = 0
        values["permits.one_order"] = NO
        return
    sites = _sites(live)
    if span is not UNKNOWN:
        values["permits.public_sites"] = sites + (MANY_SITES + 1 if span in _WIDE else 1)
    counts = [permit.cameras for permit in live]
    if isinstance(cameras, int) and None not in counts:
        values["permits.public_cameras"] = cameras + sum(n for n in counts if n is not None)
    values["permits.one_order"] = _one_order(values, live)
    if live:
        draft.derivations.add("D7")


def _widen(draft: Draft, public: Sequence[OpenPermit]) -> None:
    if public and _sites(public) + 1 > MANY_SITES and draft.values["place.span"] not in _WIDE:
        draft.values["place.span"] = "district"
        draft.derivations.add("D7")


def _sites(permits: Sequence[OpenPermit]) -> int:
    named = {permit.site for permit in permits if permit.site}
    unnamed = sum(1 for permit in permits if not permit.site)
    wide = sum(MANY_SITES for permit in permits if permit.wide)
    return len(named) + unnamed + wide


def _one_order(values: Mapping[str, Value], live: Sequence[OpenPermit]) -> Value:
    kind = values["auth.kind"]
    if kind is UNKNOWN:
        return UNKNOWN
    if kind not in ORDERS:
        return NO
    if not live:
        return YES
    own = _order(values)
    return yes_or_no(bool(own) and all(permit.order == own for permit in live))
