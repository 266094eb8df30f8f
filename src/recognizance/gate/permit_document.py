"""A permit as a value and as a file: canonical JSON (RFC 8785), read back byte for byte."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from recognizance.canonical import canonical_bytes, digest, parse_json
from recognizance.errors import InputError, PermitForgedError
from recognizance.gate.scope import Scope
from recognizance.types import ErrorRate, Operation, PermitClass, utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FORMAT = 1
LIMIT_BYTES = 1 << 20
OFFICER = "signing_officer"
AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Target:
    """The error rate that the threshold has to meet in the worst measured group.

    Attributes:
        rate: Per comparison (FMR) or per search (FPIR).
        target_ppb: The rate in parts per billion, more than 0.
        gallery_size: Most people the gallery may hold; None where nothing is searched.
    """

    rate: ErrorRate
    target_ppb: int
    gallery_size: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds while the permit is used: the rule, its hook at run time, the hook's numbers."""

    rule_id: str
    hook: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature on a permit.

    Attributes:
        principal_id: First 16 hex digits of SHA-256 of the public key.
        public_key: Raw Ed25519 key, hex.
        role: `signing_officer` or `authority`; it is part of what is signed.
        signature: 64 bytes, hex.
    """

    principal_id: str
    public_key: str
    role: str
    signature: str


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to use faces, for what it says and nothing else.

    Attributes:
        permit_id: Its id.
        permit_class: Its class; `terms` bounds what a class may be.
        workspace_id: The one workspace that it holds in.
        operations: What may be done.
        function: The submission's `fn`.
        purpose: The submission's `purpose`.
        gallery_ids: Galleries it covers.
        sample_digests: SHA-256 of the photographs a trial is bound to; empty for other classes.
        submission_digest: What was asked for.
        bundle_digest: The rules it was decided by.
        model_id: The model it was measured with.
        evidence_digest: The measurement its threshold comes from; None where there is none.
        criteria_digest: The watchlist's criteria; None where there is no watchlist.
        target: The error rate.
        conditions: What the rules made a condition.
        proposer_id: Who asked; never one of the officers.
        issued_at: When it was made, UTC.
        not_before: When it begins to hold.
        expires_at: When it ends.
        self_attested: Whether nobody but the operator stands behind it.
        authority: Public key that has to countersign, hex; None where it is self-attested.
        scope: Where, when, on whom and for which case it holds.
        renews: Id of the permit that it continues; None for a first one.
        signatures: Of the signing officers.
        countersignature: Of the authority.
        digest: SHA-256 of the whole document, hex; computed.
    """

    permit_id: str
    permit_class: PermitClass
    workspace_id: str
    operations: frozenset[Operation]
    function: str
    purpose: str
    gallery_ids: frozenset[str]
    sample_digests: frozenset[str]
    submission_digest: str
    bundle_digest: str
    model_id: str
    evidence_digest: str | None
    criteria_digest: str | None
    target: Target
    conditions: tuple[Condition, ...]
    proposer_id: str
    issued_at: datetime
    not_before: datetime
    expires_at: datetime
    self_attested: bool
    authority: str | None
    scope: Scope = field(default_factory=Scope)
    renews: str | None = None
    signatures: tuple[Signature, ...] = ()
    countersignature: Signature | None = None
    digest: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Computed once: every use asks for it, and writing canonical JSON is slow in Python.
        object.__setattr__(self, "digest", hashlib.sha256(self.to_json()).hexdigest())

    def __hash__(self) -> int:
        return hash(self.digest)

    def body(self) -> dict[str, object]:
        """What is signed: everything but the signatures."""
        return {
            "v": FORMAT,
            "permit_id": self.permit_id,
            "class": self.permit_class,
            "workspace_id": self.workspace_id,
            "operations": sorted(self.operations),
            "fn": self.function,
            "purpose": self.purpose,
            "gallery_ids": sorted(self.gallery_ids),
            "sample_digests": sorted(self.sample_digests),
            "submission_digest": self.submission_digest,
            "bundle_digest": self.bundle_digest,
            "model_id": self.model_id,
            "evidence_digest": self.evidence_digest,
            "criteria_digest": self.criteria_digest,
            "target": _table(self.target),
            "conditions": [_table(condition) for condition in self.conditions],
            "proposer_id": self.proposer_id,
            "issued_at": utc_text(self.issued_at),
            "not_before": utc_text(self.not_before),
            "expires_at": utc_text(self.expires_at),
            "self_attested": self.self_attested,
            "authority": self.authority,
            "scope": self.scope.as_dict(),
            "renews": self.renews,
        }

    def statement(self, role: str) -> bytes:
        """The bytes that somebody signs in a role: short, so that a smart card takes them.

        They name the permit by the digest of all that it says. The authority's statement covers
        the officers' signatures, so none can be added or taken away behind its back.
        """
        statement: dict[str, object] = {"permit": digest(self.body()), "role": role}
        if role == AUTHORITY:
            statement["officers"] = digest([_table(signature) for signature in self.signatures])
        return canonical_bytes(statement)

    def to_json(self) -> bytes:
        """The document: canonical JSON in UTF-8."""
        countersignature = self.countersignature
        return canonical_bytes(
            {
                "permit": self.body(),
                "signatures": [_table(signature) for signature in self.signatures],
                "countersignature": (
                    None if countersignature is None else _table(countersignature)
                ),
            }
        )

    @classmethod
    def from_json(cls, data: bytes) -> Permit:
        """Read a document.

        Raises:
            PermitForgedError: It is not, byte for byte, what a permit writes.
        """
        return _read(data)


class _Reader:
    """Reads a parsed JSON table, key by key; what is not as expected is a forged permit."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise _forged("a table is missing")
        self._table: dict[str, object] = value

    def keys(self, *expected: str) -> _Reader:
        if self._table.keys() != set(expected):
            raise _forged("it has unknown or missing fields")
        return self

    def get(self, key: str, kind: type) -> Any:  # noqa: ANN401  # the kind is checked here
        value = self._table[key]
        # A bool is an int to Python, but not to JSON.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _forged(f"the field {key} has the wrong type")
        return value

    def optional(self, key: str, kind: type) -> Any:  # noqa: ANN401
        return None if self._table[key] is None else self.get(key, kind)

    def table(self, key: str) -> _Reader:
        return _Reader(self._table[key])

    def tables(self, key: str) -> list[_Reader]:
        return [_Reader(value) for value in self.get(key, list)]

    def texts(self, key: str) -> list[str]:
        values = cast("list[object]", self.get(key, list))
        if not all(isinstance(value, str) for value in values):
            raise _forged(f"the field {key} holds something that is no text")
        return cast("list[str]", values)


_BODY = (
    "v",
    "permit_id",
    "class",
    "workspace_id",
    "operations",
    "fn",
    "purpose",
    "gallery_ids",
    "sample_digests",
    "submission_digest",
    "bundle_digest",
    "model_id",
    "evidence_digest",
    "criteria_digest",
    "target",
    "conditions",
    "proposer_id",
    "issued_at",
    "not_before",
    "expires_at",
    "self_attested",
    "authority",
    "scope",
    "renews",
)


@lru_cache(maxsize=64)
def _read(data: bytes) -> Permit:
    """Read a document; kept, because each use reads the permit's file anew."""
    if len(data) > LIMIT_BYTES:
        raise _forged("it is too long")
    try:
        document = _Reader(parse_json(data)).keys("permit", "signatures", "countersignature")
        permit = _permit(document)
        written = permit.to_json()
    except (ValueError, OverflowError, InputError) as error:
        raise _forged("it holds a value that no permit has") from error
    if written != data:
        raise _forged("it was written anew; use the file as it was made")
    return permit


def _permit(document: _Reader) -> Permit:
    body = document.table("permit").keys(*_BODY)
    if body.get("v", int) != FORMAT:
        raise _forged("its format is not known")
    countersignature = document.optional("countersignature", dict)
    return Permit(
        permit_id=_plain_id(body.get("permit_id", str)),
        permit_class=PermitClass(body.get("class", str)),
        workspace_id=body.get("workspace_id", str),
        operations=frozenset(map(Operation, body.texts("operations"))),
        function=body.get("fn", str),
        purpose=body.get("purpose", str),
        gallery_ids=frozenset(body.texts("gallery_ids")),
        sample_digests=frozenset(body.texts("sample_digests")),
        submission_digest=body.get("submission_digest", str),
        bundle_digest=body.get("bundle_digest", str),
        model_id=body.get("model_id", str),
        evidence_digest=body.optional("evidence_digest", str),
        criteria_digest=body.optional("criteria_digest", str),
        target=_target(body.table("target").keys("rate", "target_ppb", "gallery_size")),
        conditions=tuple(map(_condition, body.tables("conditions"))),
        proposer_id=body.get("proposer_id", str),
        issued_at=utc_moment(body.get("issued_at", str)),
        not_before=utc_moment(body.get("not_before", str)),
        expires_at=utc_moment(body.get("expires_at", str)),
        self_attested=body.get("self_attested", bool),
        authority=body.optional("authority", str),
        scope=Scope.from_dict(body.get("scope", dict)),
        renews=body.optional("renews", str),
        signatures=tuple(map(_signature, document.tables("signatures"))),
        countersignature=(
            None if countersignature is None else _signature(_Reader(countersignature))
        ),
    )


def _target(table: _Reader) -> Target:
    return Target(
        rate=ErrorRate(table.get("rate", str)),
        target_ppb=table.get("target_ppb", int),
        gallery_size=table.optional("gallery_size", int),
    )


def _condition(table: _Reader) -> Condition:
    table.keys("rule_id", "hook", "parameters")
    return Condition(
        rule_id=table.get("rule_id", str),
        hook=table.get("hook", str),
        parameters=MappingProxyType(table.get("parameters", dict)),
    )


def _signature(table: _Reader) -> Signature:
    table.keys("principal_id", "public_key", "role", "signature")
    return Signature(
        principal_id=table.get("principal_id", str),
        public_key=table.get("public_key", str),
        role=table.get("role", str),
        signature=table.get("signature", str),
    )


def _plain_id(text: str) -> str:
    # The id names the permit's file, so it must not be able to name another one.
    if not re.fullmatch("[0-9A-Za-z_-]{1,64}", text):
        raise _forged("its id is none")
    return text


def _table(value: Target | Condition | Signature) -> dict[str, object]:
    found = {each.name: getattr(value, each.name) for each in fields(value)}
    return {key: dict(each) if key == "parameters" else each for key, each in found.items()}


def _forged(what: str) -> PermitForgedError:
    return PermitForgedError(
        f"This is not a permit as it was signed: {what}.",
        hint="Use the file as the gate wrote it, or have a new permit issued.",
        rules=("D4",),
    )
