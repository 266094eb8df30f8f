"""Who may do what: principals and permits, as the decisions log tells it.

The registry has no store of its own. Opening it replays the decisions log, and before each use it
reads what other processes have added since, so that a revocation counts at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import (
    LedgerDamagedError,
    NotFoundError,
    PermitMissingError,
    PrincipalError,
)
from recognizance.gate.permit import Permit
from recognizance.ledger import LogName, root_of_leaves
from recognizance.registry.correspondence import Correspondence
from recognizance.registry.objections import Objections
from recognizance.registry.people import (
    principal_of,
    require_current,
    require_new,
    require_removable,
)
from recognizance.registry.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from recognizance.ledger import Entry, Ledger
    from recognizance.types import Principal


@dataclass(slots=True)
class Registry:
    """Principals, issued permits and revocations of one workspace."""

    ledger: Ledger
    principals: dict[str, Principal] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    issued: dict[str, str] = field(default_factory=dict)
    issue_entries: dict[str, int] = field(default_factory=dict)
    decided: dict[tuple[str, str], str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    authority: str | None = None
    standing: Standing = field(default_factory=Standing)
    objections: Objections = field(default_factory=Objections)
    correspondence: Correspondence = field(default_factory=Correspondence)
    leaves: list[bytes] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    def refresh(self) -> None:
        """Replay what the decisions log has gained.

        Raises:
            LedgerDamagedError: The entries are not those that the ledger has signed, or one of
                them cannot be read; what comes after it is not passed over, now or later.
        """
        with self._lock:
            self._take_gained()

    def _take_gained(self) -> None:
        size, known = self.ledger.size(LogName.DECISIONS), len(self.leaves)
        if size == known:
            return
        gained = tuple(self.ledger.entries(LogName.DECISIONS, start=known, stop=size))
        leaves = [*self.leaves, *(entry.leaf_hash for entry in gained)]
        # Who may do what rests on these entries, so their own bytes have to give the signed root.
        if root_of_leaves(leaves) != self.ledger.root(LogName.DECISIONS, size):
            raise _damaged("The decisions of the ledger are not those that were signed.")
        for entry in gained:
            try:
                self._replay(entry)
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                raise _damaged("An entry of the decisions log cannot be read.") from error
            self.leaves.append(entry.leaf_hash)  # only now: what failed is read again, and fails

    def _replay(self, entry: Entry) -> None:
        public = entry.public
        match entry.kind:
            case "workspace_created":
                _require_first(entry)  # an authority is pinned once
                self.authority = public["authority"]  # type: ignore[assignment]  # hex or null
            case "gate_decision":
                decision = (str(public["submission"]), str(public["bundle"]))
                self.decided[decision] = str(public["outcome"])
            case "principal_added":
                payload = self.ledger.private(LogName.DECISIONS, entry.index)
                principal = principal_of(entry, payload)
                self.principals[principal.principal_id] = principal
            case "principal_removed":
                self.principals.pop(str(public["principal"]), None)
                self.removed.add(str(public["principal"]))
            case "permit_issued":
                self.issued[str(public["permit"])] = str(public["digest"])
                self.issue_entries[str(public["permit"])] = entry.index
            case "permit_revoked":
                self.revoked.add(str(public["permit"]))
        self.standing.replay(entry)
        self.objections.replay(entry)
        self.correspondence.replay(entry, self.authority)
        if entry.kind == "status_imported" and self.correspondence.status is not None:
            self.revoked |= self.correspondence.status.withdrawn
            self.standing.end(self.correspondence.status.withdrawn, at=entry.time)

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
            ConflictError: The name or the key is registered already, or the key was taken back.
        """
        self.refresh()
        require_new(principal, self.principals, self.removed)
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

    def remove_principal(
        self, name: str, *, reason: str, by: Principal, now: datetime
    ) -> Principal:
        """Take a key back: it acts no more, and no permit holds on its signature.

        Raises:
            PrincipalError: There is nobody of that name.
            RoleError: Who asks is not the custodian, or not registered any more.
            ConflictError: It is the last custodian's key.
        """
        removed = self.named(name)
        require_removable(removed, self.principals, self.current(by))
        self.record(
            "principal_removed",
            {"principal": removed.principal_id, "by": by.principal_id},
            private={"name": removed.name, "reason": reason},
            now=now,
        )
        return removed

    def current(self, principal: Principal) -> Principal:
        """The principal as it is registered now; its roles count, not those that it brings.

        Raises:
            RoleError: It is not registered, or not any more.
        """
        self.refresh()
        return require_current(principal, self.principals)

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
            private={"permit": parse_json(permit.to_json())},
            now=now,
        )
        self.refresh()

    def recorded(self, permit_id: str) -> Permit:
        """A permit as the log has it, whatever became of its file.

        Raises:
            PermitMissingError: None of that id was issued.
            LedgerDamagedError: What the log should have of it is gone, or is not what was issued.
        """
        index = self.issue_entries.get(permit_id)
        if index is None:
            raise not_issued()
        match self.ledger.private(LogName.DECISIONS, index):
            case {"permit": dict(document)}:
                permit = Permit.from_json(canonical_bytes(document))
                if permit.digest == self.issued[permit_id] and permit.permit_id == permit_id:
                    return permit
        raise _damaged("A permit that was issued is gone, from its folder and from the ledger.")

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


def _require_first(entry: Entry) -> None:
    if entry.index != 0:
        raise _damaged("The workspace is made a second time in its ledger, which no verb does.")


def _damaged(what: str) -> LedgerDamagedError:
    return LedgerDamagedError(
        what, hint="See where with `recognizance ledger verify`, and restore a backup."
    )


def not_issued() -> PermitMissingError:
    """The error for an id under which no permit was issued."""
    return PermitMissingError(
        "No permit of that id was issued in this workspace.",
        hint="List them with `recognizance permit list`.",
        rules=("D4",),
    )
