"""A submission that states everything, and what the gate made of it."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

from recognizance.documents import KINDS, Sources, make
from recognizance.evidence import load_evidence
from recognizance.gate.bundle import load_bundle
from recognizance.gate.decide import decide
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import Kind
from recognizance.gate.permit import Condition, Target, countersign, issue, sign
from recognizance.gate.submission import submission_from
from recognizance.keys import SigningKey, fingerprint
from recognizance.types import ErrorRate, Operation, PermitClass, Principal, Role

AT = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFICER, PROPOSER, AUTHORITY, STRANGER = (
    SigningKey.from_seed(bytes([number]) * 32) for number in range(11, 15)
)

STATABLE = [name for name, spec in FIELDS.items() if spec.statable]
TAKEN = {"op.country": ("SE", "NO"), "op.subdiv": ("none", "none"), "op.city": ("lund", "ystad")}
BY_KIND = {
    Kind.TRI: ("yes", "no"),
    Kind.INTEGER: (7, 1912),
    Kind.RATE: (0.0123, 0.75),
    Kind.RATIO: (1.25, 3.5),
    Kind.SCORE: (0.3125, 0.4375),
    Kind.DATE: ("2027-03-04", "2028-05-06"),
}


def value_of(name, which):
    """One of two values of a field; texts are recognisable wherever they turn up."""
    spec = FIELDS[name]
    if name in TAKEN:
        return TAKEN[name][which]
    if spec.kind is Kind.CHOICE:
        return spec.values[which]
    if spec.kind is Kind.CHOICES:
        return [spec.values[which + 1], spec.values[which + 3]]
    if spec.kind is Kind.TEXTS:
        return [f"words {which} of {name}", "and others"]
    return BY_KIND.get(spec.kind, (f"words 0 of {name}", f"words 1 of {name}"))[which]


def everything(**changes):
    """A submission in which every field is stated, with changes by name (dots as `__`)."""
    content = {name: value_of(name, 0) for name in STATABLE}
    content |= {name.replace("__", "."): value for name, value in changes.items()}
    return content


def without(names, *, unknown=False):
    content = everything()
    for name in names:
        if unknown:
            content[name] = "unknown"
        else:
            del content[name]
    return submission_from(content)


@cache
def bundle():
    return load_bundle()


@cache
def evidence():
    return load_evidence()


@cache
def warrant_submission():
    """A live search in a street on a warrant: what GV-05 withholds until it is over."""
    return submission_from(
        everything(
            **{
                "class": "standard",
                "op__kind": "police",
                "fn": "watchlist",
                "purpose": "missing_person",
                "place__kind": "street",
                "mode": "live",
                "auth__kind": "warrant",
                "ev__model_id": evidence().model_id,
            }
        )
    )


def decision(submission):
    return decide(bundle(), submission, at=AT)


def principal(key, *roles):
    return Principal(fingerprint(key.public_key), "somebody", frozenset(roles), key.public_key)


def permit(submission, *, countersigned=True, conditions=(), **changes):
    made = issue(
        **{
            "permit_id": "0123456789abcdef",
            "permit_class": PermitClass.STANDARD,
            "workspace_id": "the-secret-workspace",
            "operations": frozenset({Operation.WATCH, Operation.ENROLL}),
            "function": "watchlist",
            "purpose": "missing_person",
            "gallery_ids": frozenset({"the-secret-gallery"}),
            "submission_digest": submission.digest,
            "bundle_digest": bundle().digest,
            "model_id": evidence().model_id,
            "evidence_digest": evidence().digest,
            "target": Target(ErrorRate.FPIR, 10_000_000, 10),
            "conditions": tuple(conditions),
            "proposer_id": fingerprint(PROPOSER.public_key),
            "issued_at": NOON,
            "expires_at": NOON + timedelta(days=30),
            "authority": AUTHORITY.public_key,
        }
        | changes
    )
    made = sign(made, OFFICER, principal(OFFICER, Role.SIGNING_OFFICER))
    return countersign(made, AUTHORITY) if countersigned else made


def withheld_permit(submission, **changes):
    conditions = (
        Condition("GV-05", "publication_after", {"hours": 24}),
        Condition("LE-10", "wipe_nonmatch", {"seconds": 1}),
        Condition("LE-09", "reviewers", {"n": 2}),
    )
    return permit(submission, conditions=conditions, **changes)


@cache
def full_sources():
    """Every source there is, about one use."""
    submission = warrant_submission()
    return Sources(
        submission,
        decision(submission),
        withheld_permit(submission),
        evidence(),
        "https://register.example.org/p/0123456789abcdef",
        "The desk, 1 Example Street",
    )


def all_documents(facts):
    return {kind: make(kind, facts, published=True) for kind in KINDS}
