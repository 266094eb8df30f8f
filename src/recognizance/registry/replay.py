"""Who may do what: principals and permits, as the decisions log tells it.

The registry has no store of its own. Opening it replays the decisions log, and before each use it
reads what other processes have added since, so that a revocation counts at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recognizance.errors import (
    ClockError,
    ConflictError,
    LedgerDamagedError,
    NotFoundError,
    PermitExpiredError,
    PermitForgedError,
    PermitMissingError,
    PermitRevokedError,
    PrincipalError,
)
from recognizance.gate.permit import Permit, PermitChecker
from recognizance.ledger import LogName, root_of_leaves
from recognizance.registry.correspondence import Correspondence
from recognizance.registry.objections import Objections
from recognizance.registry.standing import PROGRAM, Standing
from recognizance.registry.tally import Tally
from recognizance.types import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from recognizance.gate.permit import Use
    from recognizance.ledger import Entry, Ledger
    from recognizance.registry.tally import PermitTally

CLOCK_TOLERANCE_S = 5.0


@dataclass(slots=True)
class Registry:
    """Principals, issued permits and revocations of one workspace."""

    ledger: Ledger
    principals: dict[str, Principal] = field(default_factory=dict)
    issued: dict[str, str] = field(default_factory=dict)
    decided: dict[tuple[str, str], str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    authority: str | None = None
    standing: Standing = field(default_factory=Standing)
    objections: Objections = field(default_factory=Objections)
    correspondence: Correspondence = field(default_factory=Correspondence)
    leaves: list[bytes] = field(default_factory=list)

    def refresh(self) -> None:
        """Replay what the decisions log has gained.

        Raises:
            LedgerDamagedError: The entries are not those that the ledger has signed.
        """
        size, known = self.ledger.size(LogName.DECISIONS), len(self.leaves)
        if size == known:
            return
        gained = tuple(self.ledger.entries(LogName.DECISIONS, start=known, stop=size))
        leaves = [*self.leaves, *(entry.leaf_hash for entry in gained)]
        # Who may do what rests on these entries, so their own bytes have to give the signed root.
        if root_of_leaves(leaves) != self.ledger.root(LogName.DECISIONS, size):
            raise LedgerDamagedError(
                "The decisions of the ledger are not those that were signed.",
                hint="See where with `recognizance ledger verify`, and restore a backup.",
            )
        self.leaves = leaves
        for entry in gained:
            self._replay(entry)

    def _replay(self, entry: Entry) -> None:
        public = entry.public
        match entry.kind:
            case "workspace_created":
                self.authority = public["authority"]  # type: ignore[assignment]  # hex or null
            case "gate_decision":
                decision = (str(public["submission"]), str(public["bundle"]))
                self.decided[decision] = str(public["outcome"])
            case "principal_added":
                principal = self._principal(entry)
                self.principals[principal.principal_id] = principal
            case "principal_removed":
                self.principals.pop(str(public["principal"]), None)
            case "permit_issued":
                self.issued[str(public["permit"])] = str(public["digest"])
            case "permit_revoked":
                self.revoked.add(str(public["permit"]))
        self.standing.replay(entry)
        self.objections.replay(entry)
        self.correspondence.replay(entry, self.authority)
        if entry.kind == "status_imported" and self.correspondence.status is not None:
            self.revoked |= self.correspondence.status.withdrawn
            self.standing.end(self.correspondence.status.withdrawn, at=entry.time)

    def _principal(self, entry: Entry) -> Principal:
        public, payload = entry.public, self.ledger.private(LogName.DECISIONS, entry.index)
        roles = public["roles"]
        principal_id = str(public["principal"])
        named = payload.get("name") if isinstance(payload, dict) else None
        return Principal(
            principal_id=principal_id,
            name=str(named or principal_id),
            roles=frozenset(map(Role, roles if isinstance(roles, list) else ())),
            public_key=bytes.fromhex(str(public["public_key"])),
        )

    def named(self, name: str) -> Principal:
        """The principal of that name.

        Raises:
            PrincipalError: There is none.
        """
        self.refresh()
        for principal in self.principals.values():
            if principal.name == name:
                return principal
        raise PrincipalError(
            f"No principal named {name!r} is registered in this workspace.",
            hint="List them with `recognizance keys list`; set RECOGNIZANCE_PRINCIPAL to one.",
        )

    def add_principal(self, principal: Principal, *, by: str | None, now: datetime) -> None:
        """Register a key with its roles.

        Raises:
            ConflictError: The name or the key is registered already.
        """
        self.refresh()
        if any(
            known.name == principal.name or known.principal_id == principal.principal_id
            for known in self.principals.values()
        ):
            raise ConflictError(
                f"The name {principal.name!r} or its key is registered already.",
                hint="Choose another name, or list who is there with `recognizance keys list`.",
            )
        self.ledger.append(
            LogName.DECISIONS,
            "principal_added",
            {
                "principal": principal.principal_id,
                "public_key": principal.public_key.hex(),
                "roles": sorted(principal.roles),
                "by": by,
            },
            private={"name": principal.name},
            now=now,
        )
        self.refresh()

    def record(
        self,
        kind: str,
        public: Mapping[str, object],
        *,
        now: datetime,
        private: Mapping[str, object] | None = None,
    ) -> None:
        """Write down what happened under a permit or to a person; it counts from then on."""
        self.ledger.append(LogName.DECISIONS, kind, public, private=private, now=now)
        self.refresh()

    def record_issue(self, permit: Permit, *, now: datetime) -> None:
        """Write down that this permit, with exactly this digest, is in force."""
        self.ledger.append(
            LogName.DECISIONS,
            "permit_issued",
            {
                "permit": permit.permit_id,
                "digest": permit.digest,
                "class": permit.permit_class.value,
                "self_attested": permit.self_attested,
                "purpose": permit.purpose,
                "submission": permit.submission_digest,
                "bundle": permit.bundle_digest,
                "model": permit.model_id,
                "rules": sorted({condition.rule_id for condition in permit.conditions}),
                "renews": permit.renews,
            },
            now=now,
        )
        self.refresh()

    def revoke(self, permit_id: str, *, reason: str, by: str, now: datetime) -> None:
        """Revoke a permit for good.

        Raises:
            NotFoundError: No such permit was issued.
        """
        self.refresh()
        if permit_id not in self.issued:
            raise NotFoundError(
                "No permit of that id was issued here.", hint="List them with `permit list`."
            )
        self.ledger.append(
            LogName.DECISIONS,
            "permit_revoked",
            {"permit": permit_id, "by": by},
            private={"reason": reason},
            now=now,
        )
        self.refresh()


@dataclass(slots=True)
class PermitShelf:
    """The permit files of a workspace, and the check that each use has to pass.

    Attributes:
        folder: Where the files lie, one a permit.
        registry: What the decisions log says of them.
        checker: Signatures, class terms, digests and scope; see `recognizance.gate.permit`.
        measured_at: When the evidence was measured that the checker holds permits against.
    """

    folder: Path
    registry: Registry
    checker: PermitChecker
    measured_at: datetime
    _tally: Tally | None = None

    @property
    def standing(self) -> Standing:
        """What has happened under the permits, as far as it was read by the last check."""
        return self.registry.standing

    @property
    def objections(self) -> Objections:
        """Which objections are open, likewise."""
        return self.registry.objections

    def tally(self, permit_id: str) -> PermitTally:
        """Counts of what ran under a permit, up to now."""
        self._tally = self._tally or Tally(self.registry.ledger)
        return self._tally.of(permit_id)

    def suspend(self, permit: Permit, *, cause: str, now: datetime) -> None:
        """Stop a use, because the program saw a cause to; it is recorded."""
        self.registry.record(
            "permit_suspended",
            {"permit": permit.permit_id, "cause": cause, "by": PROGRAM},
            now=now,
        )

    def lineage(self, permit: Permit) -> frozenset[str]:
        """Ids of a permit and of those that it renews, one after the other."""
        line = {permit.permit_id}
        while permit.renews is not None and permit.renews not in line:
            line.add(permit.renews)
            permit = self.find(permit.renews)
        return frozenset(line)

    def admit(self, permit_id: str | None, use: Use, *, now: datetime) -> Permit:
        """The permit, if it allows this use now.

        Raises:
            ClockError: The clock stands before the last entry of the ledger.
            PermitError: One of its kinds, with the rule that refuses.
        """
        self.registry.refresh()
        self._check_clock(now)
        if permit_id is None:
            raise PermitMissingError(
                "No permit was named, and nothing runs without one.",
                hint="Ask the gate: `recognizance gate new`, `gate check`, `gate issue`.",
                rules=("D4",),
            )
        permit = self.find(permit_id)
        self.checker.check(
            permit,
            use,
            now=now,
            trusted=self.registry.principals,
            revoked=frozenset(self.registry.revoked),
        )
        self.registry.correspondence.require_fresh(permit, now=now)
        return permit

    def find(self, permit_id: str) -> Permit:
        """The permit as it was issued, in force or not.

        Raises:
            PermitMissingError: There is none of that id.
            PermitForgedError: The file is not what the decisions log issued.
        """
        return find_permit(self.folder, self.registry, permit_id)

    def in_force(self, permit_id: str, *, now: datetime) -> Permit:
        """The permit, if it still holds: what it began may be brought to its end.

        Raises:
            PermitRevokedError: It was revoked.
            PermitExpiredError: Its time is over.
            PermitStaleError: Nothing newer than 30 days says that the authority stands by it.
        """
        self.registry.refresh()
        self._check_clock(now)
        permit = self.find(permit_id)
        if permit_id in self.registry.revoked:
            raise PermitRevokedError(
                "The permit was revoked.", hint="Nobody is named under it any more.", rules=("D4",)
            )
        if not permit.not_before <= now < permit.expires_at:
            raise PermitExpiredError(
                "The permit is not in force now.",
                hint="Nobody is named under it any more.",
                rules=("D4",),
            )
        self.registry.correspondence.require_fresh(permit, now=now)
        return permit

    def issued(self) -> Mapping[str, Permit]:
        """Every permit whose file is what was issued."""
        self.registry.refresh()
        return {permit_id: self.find(permit_id) for permit_id in self.registry.issued}

    def _check_clock(self, now: datetime) -> None:
        latest = self.registry.ledger.latest_time()
        if latest is not None and (latest - now).total_seconds() > CLOCK_TOLERANCE_S:
            raise ClockError(
                "The clock of this machine stands before the last entry of the ledger.",
                hint="Set the clock; expiry cannot be judged by one that was set back.",
                rules=("D4",),
            )


def find_permit(folder: Path, registry: Registry, permit_id: str) -> Permit:
    """The permit as it was issued, in force or not.

    Raises:
        PermitMissingError: There is none of that id.
        PermitForgedError: The file is not what the decisions log issued.
    """
    issued = registry.issued.get(permit_id)
    if issued is None:
        raise PermitMissingError(
            "No permit of that id was issued in this workspace.",
            hint="List them with `recognizance permit list`.",
            rules=("D4",),
        )
    path = folder / f"{permit_id}.json"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PermitMissingError(
            "The file of this permit is gone.",
            hint="Restore it from a backup, or have a new permit issued.",
            rules=("D4",),
        ) from error
    permit = Permit.from_json(data)
    if permit.digest != issued or permit.permit_id != permit_id:
        raise PermitForgedError(
            "The file of this permit is not what was signed and recorded.",
            hint="Restore it from a backup, or have a new permit issued.",
            rules=("D4",),
        )
    return permit
