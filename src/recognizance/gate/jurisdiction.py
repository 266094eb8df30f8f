"""Facts that come from the dated tables: country, city, offence, recipients (D6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.gate.draft import yes_or_no
from recognizance.gate.kinds import NO, NONE, UNKNOWN, YES
from recognizance.gate.tables import FREEDOM, NOT_FREE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from recognizance.gate.draft import Draft
    from recognizance.gate.kinds import Value
    from recognizance.gate.tables import Tables


def look_up(draft: Draft, tables: Tables, at: date) -> None:
    """Derive every fact that a table decides.

    Args:
        draft: The facts so far; changed in place.
        tables: The dated tables.
        at: The day of the decision.
    """
    _country(draft, tables, at)
    _authority(draft, tables, at)
    _recipients(draft, tables)


def _country(draft: Draft, tables: Tables, at: date) -> None:
    """D6 and what the tables say of a country, a state and a city."""
    country, stated = draft["op.country"], draft["op.freedom"]
    if not isinstance(country, str):
        if stated != NOT_FREE:
            draft["op.freedom"] = UNKNOWN
        return
    level = tables.freedom.get(country, NOT_FREE)
    draft["op.freedom"] = max(
        (level, stated) if isinstance(stated, str) else (level,), key=FREEDOM.index
    )
    draft.derivations.add("D6")
    draft["op.in_eu"] = yes_or_no(country in tables.eu)
    draft["op.opt_in_state"] = yes_or_no(
        any(state.key == country and state.in_force(at) for state in tables.opt_in)
    )
    if draft["op.subdiv"] is UNKNOWN and country not in tables.federal:
        # No rule here hangs on a state or province of this country.
        draft["op.subdiv"] = NONE
    here = f"{country}-"
    _city_ban(
        draft, [ban.key for ban in tables.bans if ban.key.startswith(here) and ban.in_force(at)]
    )


def _city_ban(draft: Draft, bans: Iterable[str]) -> None:
    """Whether one of the bans of this country holds here."""
    subdiv, city = draft["op.subdiv"], draft["op.city"]
    if subdiv is not UNKNOWN:
        possible = [ban for ban in bans if ban.partition("/")[0] == subdiv]
    else:
        possible = list(bans)
    if city is not UNKNOWN:
        possible = [ban for ban in possible if ban.partition("/")[2] == city]
    if not possible:
        draft["op.city_ban"] = NO
    elif UNKNOWN not in {subdiv, city}:
        draft["op.city_ban"] = YES


def _authority(draft: Draft, tables: Tables, at: date) -> None:
    """Which objective the authority names, and whether it is still in force."""
    expires = draft["auth.expires"]
    if isinstance(expires, str):
        draft["auth.in_force"] = yes_or_no(at.isoformat() <= expires)
    objective = draft["auth.objective"]
    if isinstance(objective, str):
        found = tables.objective(objective)
        draft["auth.ground"] = found.ground if found else "other"
        draft["auth.annex_ii"] = yes_or_no(found is not None and found.annex_ii)
        draft["auth.listed_md"] = yes_or_no(found is not None and found.listed_md)
    elif draft.silent("auth.objective"):
        # The purpose is a closed list and says it as well; an offence it does not name.
        ground = _GROUND_OF_PURPOSE.get(draft["purpose"], "other")
        draft["auth.ground"] = ground
        if ground not in {"h_iii", UNKNOWN}:
            draft["auth.annex_ii"] = NO
            draft["auth.listed_md"] = yes_or_no(ground == "h_ii")


_GROUND_OF_PURPOSE: Final[Mapping[Value, Value]] = {
    UNKNOWN: UNKNOWN,
    "missing_person": "h_i",
    "victim_identification": "h_i",
    "threat_to_life": "h_ii",
    "suspect_search": "h_iii",
    "custody_identity": "h_iii",
    "court_evidence": "h_iii",
}


def _recipients(draft: Draft, tables: Tables) -> None:
    """Whether a recipient of templates is nobody in particular (HR-17)."""
    recipients = draft["tmpl.shared_with"]
    if isinstance(recipients, frozenset):
        draft["tmpl.beyond_named"] = yes_or_no(any(map(tables.names_nobody, recipients)))
