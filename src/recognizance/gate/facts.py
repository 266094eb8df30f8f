"""Facts are derived, not typed: D1 to D3, D6 and D7 of the rule base, and what silence means.

D4 (the permit binds digests) is kept by the permit, D5 (the unknown never permits) by the
decision. A derivation only ever makes a case stricter than what was typed: whoever states
`place.public = "no"` for a street is not heard, whoever states "yes" for a home is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.gate.agebands import CHILDHOOD, ages
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NO, NONE, UNKNOWN, YES, Value
from recognizance.gate.tables import FREEDOM, NOT_FREE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from recognizance.gate.submission import Submission
    from recognizance.gate.tables import Tables

NEAR_LIVE_S: Final = 600
"""House number (D2): footage searched within ten minutes is live (AIA Art. 3(42), recital 95)."""

MANY_SITES: Final = 10
"""House number (D7): more public sites than this under one operator are a district."""

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

GATHERING_PLACES: Final = frozenset({"workplace", "school", "worship"})
"""Not public, and yet people strike, protest or pray there: silence about it stays unknown."""

OFFICER_CAMERAS: Final = frozenset({"body", "vehicle"})
MOBILE_CAMERAS: Final = OFFICER_CAMERAS | {"drone", "handheld", "glasses"}
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


@dataclass(frozen=True, slots=True)
class Facts:
    """Every fact that a rule may read; nothing is missing, the unknown is a value.

    Attributes:
        values: Value of each field and each derived fact.
        because: For a derived unknown, the stated fields that would settle it.
        derivations: Ids of the derivations (D1 to D7) that changed or made a fact.
    """

    values: Mapping[str, Value]
    because: Mapping[str, tuple[str, ...]]
    derivations: tuple[str, ...]

    def __getitem__(self, name: str) -> Value:
        return self.values[name]

    def missing(self, name: str) -> tuple[str, ...]:
        """The fields that a person would have to state for this fact to be known."""
        if name in self.because:
            return self.because[name]
        return tuple(
            source for source in FIELDS[name].derived_from if self.values[source] is UNKNOWN
        ) or (name,)


@dataclass(slots=True)
class _Draft:
    """Facts while they are being derived."""

    values: dict[str, Value]
    typed: Mapping[str, Value]
    because: dict[str, tuple[str, ...]] = field(default_factory=dict)
    derivations: set[str] = field(default_factory=set)

    def unknown(self, name: str, *because: str) -> None:
        self.values[name] = UNKNOWN
        self.because[name] = because

    def silent(self, name: str) -> bool:
        return name not in self.typed


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
    draft = _Draft(values=_with_silence(submission), typed=submission.stated)
    _operator(draft)
    _mode(draft)
    _place(draft)
    _camera(draft)
    _jurisdiction(draft, tables, at)
    _authority(draft, tables, at)
    _templates(draft, tables)
    _evidence(draft)
    _across_permits(draft, submission, open_permits)
    return Facts(
        values=MappingProxyType(draft.values),
        because=MappingProxyType(draft.because),
        derivations=tuple(sorted(draft.derivations)),
    )


_ON_SILENCE: Final = {name: spec.silence for name, spec in FIELDS.items()}
_WITHOUT_LIST: Final = {
    name: spec.without_list for name, spec in FIELDS.items() if name.startswith("wl.")
}


def _with_silence(submission: Submission) -> dict[str, Value]:
    without_list = {} if submission.has_list else _WITHOUT_LIST
    return {**_ON_SILENCE, **without_list, **submission.stated}


def _operator(draft: _Draft) -> None:
    """D1: whoever acts for the police is the police (AIA Art. 3(46))."""
    kind, for_police = draft.values["op.kind"], draft.values["op.on_behalf_of_police"]
    if kind == "police":
        return
    if for_police == YES:
        draft.values["op.kind"] = "police"
        draft.derivations.add("D1")
    elif for_police is UNKNOWN and kind == "private" and not _own_use(draft):
        draft.unknown("op.kind", "op.on_behalf_of_police")


def _own_use(draft: _Draft) -> bool:
    """Silence about the police where class or purpose says that the use is the applicant's own.

    The permit is bound to its purpose: who boards passengers under it cannot serve the police.
    """
    own = draft.values["class"] in SELF_ATTESTED or draft.values["purpose"] in OWN_PURPOSES
    return own and draft.silent("op.on_behalf_of_police")


def _mode(draft: _Draft) -> None:
    """D2: "recorded" a few minutes ago is near-live.

    Silence about the delay asks for no shorter one: the permit carries the floor (HR-08).
    """
    delay = draft.values["delay_s"]
    if draft.values["mode"] != "recorded" or draft.silent("delay_s"):
        return
    if delay is UNKNOWN:
        draft.unknown("mode", "delay_s")
    elif isinstance(delay, int) and delay <= NEAR_LIVE_S:
        draft.values["mode"] = "near_live"
        draft.derivations.add("D2")


def _place(draft: _Draft) -> None:
    """D3: public is what an undetermined number may enter; then what silence on assembly means."""
    kind = draft.values["place.kind"]
    if draft.values["place.public"] != YES:
        draft.values["place.public"] = UNKNOWN if kind is UNKNOWN else _tri(kind in PUBLIC_PLACES)
    if draft.values["place.public"] is not UNKNOWN:
        draft.derivations.add("D3")
    closed = draft.values["place.public"] == NO and kind not in GATHERING_PLACES
    if closed and draft.silent("assembly"):
        # Nobody but those admitted can gather in a home, a prison or a border hall.
        draft.values["assembly"] = NO


def _camera(draft: _Draft) -> None:
    """Whose camera took the footage, where the kind of camera tells."""
    cameras = draft.values["cam.kind"]
    if not isinstance(cameras, frozenset):
        return
    operator = draft.values["op.kind"]
    worn_or_driven = bool(cameras & OFFICER_CAMERAS)
    if worn_or_driven and operator == "police":
        draft.values["cam.officer_data"] = YES
    elif worn_or_driven and operator is UNKNOWN:
        if draft.values["cam.officer_data"] != YES:
            draft.unknown("cam.officer_data", *draft.because.get("op.kind", ("op.kind",)))
    elif draft.silent("cam.officer_data") and "upload" not in cameras:
        if not cameras & MOBILE_CAMERAS:
            draft.values["cam.officer_data"] = NO
        elif operator is not UNKNOWN:
            draft.values["cam.officer_data"] = _tri(operator == "police")


def _jurisdiction(draft: _Draft, tables: Tables, at: date) -> None:
    """D6 and what the tables say of a country, a state and a city."""
    country, stated = draft.values["op.country"], draft.values["op.freedom"]
    if not isinstance(country, str):
        if stated != NOT_FREE:
            draft.values["op.freedom"] = UNKNOWN
        return
    level = tables.freedom.get(country, NOT_FREE)
    draft.values["op.freedom"] = max(
        (level, stated) if isinstance(stated, str) else (level,), key=FREEDOM.index
    )
    draft.derivations.add("D6")
    draft.values["op.in_eu"] = _tri(country in tables.eu)
    draft.values["op.opt_in_state"] = _tri(
        any(state.key == country and state.in_force(at) for state in tables.opt_in)
    )
    if draft.values["op.subdiv"] is UNKNOWN and country not in tables.federal:
        # No rule here hangs on a state or province of this country.
        draft.values["op.subdiv"] = NONE
    _city_ban(draft, [ban.key for ban in tables.bans if ban.in_force(at)])


def _city_ban(draft: _Draft, bans: Iterable[str]) -> None:
    country, subdiv, city = (draft.values[f"op.{part}"] for part in ("country", "subdiv", "city"))
    if subdiv is not UNKNOWN:
        possible = [ban for ban in bans if ban.partition("/")[0] == subdiv]
    else:
        possible = [ban for ban in bans if ban.startswith(f"{country}-")]
    if city is not UNKNOWN:
        possible = [ban for ban in possible if ban.partition("/")[2] == city]
    if not possible:
        draft.values["op.city_ban"] = NO
    elif UNKNOWN not in {subdiv, city}:
        draft.values["op.city_ban"] = YES


def _authority(draft: _Draft, tables: Tables, at: date) -> None:
    """Which objective the authority names, and whether it is still in force."""
    expires = draft.values["auth.expires"]
    if isinstance(expires, str):
        draft.values["auth.in_force"] = _tri(at.isoformat() <= expires)
    objective = draft.values["auth.objective"]
    if isinstance(objective, str):
        found = tables.objective(objective)
        draft.values["auth.ground"] = found.ground if found else "other"
        draft.values["auth.annex_ii"] = _tri(found is not None and found.annex_ii)
        draft.values["auth.listed_md"] = _tri(found is not None and found.listed_md)
    elif draft.silent("auth.objective"):
        # The purpose is a closed list and says it as well; an offence it does not name.
        ground = _GROUND_OF_PURPOSE.get(draft.values["purpose"], "other")
        draft.values["auth.ground"] = ground
        if ground not in {"h_iii", UNKNOWN}:
            draft.values["auth.annex_ii"] = NO
            draft.values["auth.listed_md"] = _tri(ground == "h_ii")


_GROUND_OF_PURPOSE: Final[Mapping[Value, Value]] = {
    UNKNOWN: UNKNOWN,
    "missing_person": "h_i",
    "victim_identification": "h_i",
    "threat_to_life": "h_ii",
    "suspect_search": "h_iii",
    "custody_identity": "h_iii",
    "court_evidence": "h_iii",
}


def _templates(draft: _Draft, tables: Tables) -> None:
    """Whether a recipient of templates is nobody in particular (HR-17)."""
    recipients = draft.values["tmpl.shared_with"]
    if isinstance(recipients, frozenset):
        draft.values["tmpl.beyond_named"] = _tri(any(map(tables.names_nobody, recipients)))


def _evidence(draft: _Draft) -> None:
    """Whether the tests reach as far as the plan: the gallery (EV-01), the ages (EV-09)."""
    tested, planned = draft.values["ev.gallery"], draft.values["wl.size"]
    if isinstance(tested, int) and isinstance(planned, int):
        draft.values["ev.gallery_enough"] = _tri(tested >= planned)
    draft.values["ev.bands_covered"] = _bands_covered(draft.values)


def _bands_covered(values: Mapping[str, Value]) -> Value:
    groups, bands = values["pop.groups"], values["ev.age_bands"]
    if not isinstance(groups, frozenset):
        return UNKNOWN
    expected = ages(groups)
    children = {values["pop.minors"], values["wl.minors"]}
    if YES in children and not expected & CHILDHOOD:
        expected |= CHILDHOOD
    if not isinstance(bands, frozenset):
        return YES if not expected and children == {NO} else UNKNOWN
    tested = ages(bands)
    if not expected <= tested:
        return NO
    return UNKNOWN if UNKNOWN in children and not tested >= CHILDHOOD else YES


# ---- D7: what a permit covers is counted across permits -----------------------------------------


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


def _across_permits(
    draft: _Draft, submission: Submission, open_permits: Sequence[OpenPermit]
) -> None:
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


def _widen(draft: _Draft, public: Sequence[OpenPermit]) -> None:
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
    return _tri(bool(own) and all(permit.order == own for permit in live))


def _tri(truth: bool) -> str:
    return YES if truth else NO
