"""Fields and how each is filled: from one source, which it names, or not at all.

A field reads one fact. So a fact that is not there leaves a gap in that field and in no other, and
no sentence can lean on it. Silence fills nothing either: the gate may read it as "not asked for",
but a document tells people only what somebody said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents.model import Content, Item
from recognizance.documents.words import in_words, plain_word, share
from recognizance.gate.fields import FIELDS
from recognizance.gate.hooks import HOOKS
from recognizance.gate.kinds import UNKNOWN
from recognizance.keys import fingerprint
from recognizance.types import PPB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from recognizance.documents.sources import Sources
    from recognizance.gate.decide import Fired, GateDecision
    from recognizance.gate.permit import Condition, Permit

NO_DECISION: Final = "Put the submission to the gate and hand over its decision."
NO_PERMIT: Final = (
    "There is no permit here: have one issued by the gate and hand it over with --permit."
)


# ---- from one fact --------------------------------------------------------------------------


def stated(facts: Sources, name: str, label: str) -> Item:
    """A field that the submission states."""
    spec = FIELDS[name]
    return Item(
        label=label,
        value=in_words(spec, facts.submission.stated.get(name, UNKNOWN)),
        source=f"submission: {name}",
        ask=f"{spec.question} State it in the submission, field {name}.",
    )


def derived(facts: Sources, name: str, label: str) -> Item:
    """A fact that the gate derived from what was stated."""
    spec = FIELDS[name]
    value = UNKNOWN if facts.decision is None else facts.decision.facts[name]
    origin = ", ".join(spec.derived_from)
    return Item(
        label=label,
        value=in_words(spec, value),
        source=f"decision: {name}, derived from {origin}",
        ask=NO_DECISION
        if facts.decision is None
        else f"{spec.question} State in the submission what it follows from: {origin}.",
    )


def yours(label: str, what: str) -> Item:
    """A field that no source holds: only the operator can fill it.

    Args:
        label: What the field is called.
        what: What to state, as one sentence.
    """
    return Item(label, None, "", f"{what} Write it here; no field of the submission holds it.")


def contact(facts: Sources, label: str) -> Item:
    """How to reach the operator."""
    return Item(
        label,
        facts.contact,
        "parameter: contact",
        "Name an address, a telephone number or an e-mail address at which people can object, "
        "see what is kept of them and have it erased. Give it with --contact.",
    )


def register_address(facts: Sources, label: str) -> Item:
    """Where the register shows this use."""
    return Item(
        label,
        facts.register_url,
        "parameter: register address",
        "Where can the public read the entry in the register? Give its web address with "
        "--register-url.",
    )


# ---- from the permit ------------------------------------------------------------------------


def of_permit(
    facts: Sources, part: str, label: str, read: Callable[[Permit], Content | None]
) -> Item:
    """A field that the permit fills; `part` names what of it."""
    value = None if facts.permit is None else read(facts.permit)
    return Item(label, value, f"permit: {part}", NO_PERMIT)


def permit_id(facts: Sources, label: str = "Permit") -> Item:
    """The permit's id."""
    return of_permit(facts, "permit_id", label, lambda permit: permit.permit_id)


def permit_from(facts: Sources, label: str = "Holds from") -> Item:
    """When the permit begins to hold."""
    return of_permit(facts, "not_before", label, lambda permit: _minute(permit.not_before))


def permit_until(facts: Sources, label: str = "Holds until") -> Item:
    """When the permit ends."""
    return of_permit(facts, "expires_at", label, lambda permit: _minute(permit.expires_at))


def standing(facts: Sources, label: str = "Approved by") -> Item:
    """Who stands behind the permit."""
    return of_permit(facts, "self_attested, authority, countersignature", label, _standing)


def target(facts: Sources, label: str = "Error rate that is allowed") -> Item:
    """The error rate that the permit sets for the worst measured group."""
    return of_permit(facts, "target", label, _target)


def operations(facts: Sources, label: str = "What may be done") -> Item:
    """The operations that the permit allows."""
    return of_permit(
        facts, "operations", label, lambda permit: _listed(map(str, sorted(permit.operations)))
    )


def _standing(permit: Permit) -> str:
    if permit.self_attested:
        return "Nobody but the operator: the permit is self-attested."
    if permit.countersignature is None or permit.authority is None:
        return "Nobody yet: the authority has not countersigned, so the permit permits nothing."
    key = fingerprint(bytes.fromhex(permit.authority))
    return f"The authority whose key has the fingerprint {key}."


def _target(permit: Permit) -> str:
    rate = share(permit.target.target_ppb / PPB)
    per = {"fmr": "false matches per comparison", "fpir": "false alerts per search"}
    size = permit.target.gallery_size
    within = "" if size is None else f", with at most {size:,} references"
    return f"{rate} {per[permit.target.rate]}, in the worst measured group{within}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


# ---- from the decision, or from the permit that followed --------------------------------------


def outcome(facts: Sources, label: str = "Answer of the gate") -> Item:
    """What the gate answered."""
    return _of_decision(
        facts, "outcome", label, lambda decision: plain_word(decision.outcome.value)
    )


def decided_on(facts: Sources, label: str = "Law as of") -> Item:
    """The day whose rules and tables were applied."""
    return _of_decision(facts, "at", label, lambda decision: decision.at.isoformat())


def reasons(facts: Sources, label: str = "Rules that decided") -> Item:
    """Every deciding rule with its reason and its source."""
    return _of_decision(facts, "deciding rules", label, _reasons)


def rule_ids(facts: Sources, label: str = "Rules") -> Item:
    """The ids of the permit's rules, or, without a permit, of those that decided."""
    if facts.permit is not None:
        ids = {each.rule_id for each in facts.permit.conditions}
        return Item(label, _ids(ids), "permit: conditions", NO_PERMIT)
    return _of_decision(
        facts,
        "deciding rules",
        label,
        lambda decision: _ids({each.rule_id for each in decision.deciding}),
    )


def conditions(facts: Sources, label: str = "Conditions that are kept") -> Item:
    """What the permit carries, or, without a permit, what one would carry."""
    return conditions_by(facts, frozenset(HOOKS), label)


def conditions_by(facts: Sources, hooks: frozenset[str], label: str) -> Item:
    """Those of the conditions that one of some hooks enforces."""
    permit, decision = facts.permit, facts.decision
    carried = permit.conditions if permit else decision.conditions if decision else ()
    reason = {(each.rule_id, each.hook): each.reason for each in _fired(decision)}
    found = _listed(
        _condition(each, reason.get((each.rule_id, each.hook)))
        for each in carried
        if each.hook in hooks or each.hook not in HOOKS
    )
    value = None if permit is None and decision is None else found
    source = "decision: conditions" if permit is None else "permit: conditions"
    return Item(label, value, source, NO_DECISION)


def _fired(decision: GateDecision | None) -> tuple[Fired, ...]:
    return () if decision is None else decision.fired


def _of_decision(
    facts: Sources, part: str, label: str, read: Callable[[GateDecision], Content]
) -> Item:
    value = None if facts.decision is None else read(facts.decision)
    return Item(label, value, f"decision: {part}", NO_DECISION)


def _reasons(decision: GateDecision) -> Content:
    return _listed(
        f"{each.rule_id}, {each.title}: {each.reason} Source: {each.source}."
        for each in decision.deciding
    )


def _condition(carried: Fired | Condition, reason: str | None) -> str:
    """A condition in one sentence: the rule's reason, else what its hook does, with its numbers."""
    if reason is not None:
        return f"{carried.rule_id}: {reason}"
    numbers = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in carried.parameters.items()
    )
    does = HOOKS.get(carried.hook, carried.hook)
    return f"{carried.rule_id}: {does}" + (f" ({numbers})" if numbers else "")


def _ids(rules: Iterable[str]) -> str:
    return ", ".join(sorted(rules)) or "none"


def _listed(texts: Iterable[str]) -> Content:
    """One text as it is, several as a list without repetition, none as the word."""
    found = tuple(dict.fromkeys(texts))
    return found if len(found) > 1 else (found or ("none",))[0]
