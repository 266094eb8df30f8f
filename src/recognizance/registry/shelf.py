"""The permit files of a workspace, and the check that each use has to pass.

A use needs the file as it was signed and recorded. What is read, counted or owed does not depend
on it: where a file is lost or altered, the decisions log has the permit too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recognizance.errors import (
    ClockError,
    PermitError,
    PermitForgedError,
    PermitMissingError,
)
from recognizance.gate.permit import Permit
from recognizance.registry.replay import not_issued
from recognizance.registry.standing import PROGRAM
from recognizance.registry.tally import CHECK, Answers, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from recognizance.gate.permit import PermitChecker, Use
    from recognizance.registry.kept_tally import KeptTally
    from recognizance.registry.objections import Objections
    from recognizance.registry.replay import Registry
    from recognizance.registry.standing import Standing
    from recognizance.registry.tally import PermitTally
    from recognizance.types import Principal

CLOCK_TOLERANCE_S = 5.0


@dataclass(slots=True)
class PermitShelf:
    """The permit files of a workspace, and the check that each use has to pass.

    Attributes:
        folder: Where the files lie, one a permit.
        registry: What the decisions log says of them.
        checker: Signatures, class terms, digests and scope; see `recognizance.gate.permit`.
        measured_at: When the evidence was measured that the checker holds permits against.
        kept: What was counted before this process.
        counts: What ran under each permit.
    """

    folder: Path
    registry: Registry
    checker: PermitChecker
    measured_at: datetime
    kept: KeptTally
    counts: Tally = field(init=False)
    _answers: Answers | None = None
    _renews: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counts = Tally(self.registry.ledger, self.kept)

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
        return self.counts.of(permit_id)

    def leads(self, permit: Permit, *, since: datetime) -> int:
        """How many leads were raised since then, also by what it renews and what renews it."""
        return sum(self.tally(each).leads.since(since) for each in self.family(permit))

    def answers(self, permit: Permit, *, since: datetime) -> int:
        """How many answers were given since then, likewise."""
        self._answers = self._answers or Answers(self.registry.ledger)
        return self._answers.since(since, self.family(permit))

    def current(self, principal: Principal) -> Principal:
        """Who acts, as registered now; see `Registry.current`."""
        return self.registry.current(principal)

    def suspend(self, permit: Permit, *, cause: str, now: datetime) -> None:
        """Stop a use, because the program saw a cause to; it is recorded."""
        self.registry.record(
            "permit_suspended",
            {"permit": permit.permit_id, "cause": cause, "by": PROGRAM},
            now=now,
        )

    def stop_reviewer(self, principal_id: str, *, now: datetime) -> None:
        """Suspend a reviewer who accepts too many planted leads; it is recorded."""
        self.registry.record(
            "reviewer_suspended",
            {"principal": principal_id, "cause": CHECK, "by": PROGRAM},
            now=now,
        )

    def lineage(self, permit: Permit) -> frozenset[str]:
        """Ids of a permit and of those that it renews, one after the other."""
        line = {permit.permit_id}
        while permit.renews is not None and permit.renews not in line:
            line.add(permit.renews)
            permit = self.known(permit.renews)
        return frozenset(line)

    def family(self, permit: Permit) -> frozenset[str]:
        """Ids of a permit, of those that it renews, and of all that renew one of them."""
        for permit_id in self.registry.issued.keys() - self._renews.keys():
            self._renews[permit_id] = self.known(permit_id).renews
        family = self.lineage(permit)
        while more := {each for each, old in self._renews.items() if old in family} - family:
            family |= more
        return family

    def renewals(self, permit: Permit) -> list[Permit]:
        """The permits that were issued to renew this one."""
        every = map(self.known, sorted(self.registry.issued))
        return [each for each in every if each.renews == permit.permit_id]

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
        permit = find_permit(self.folder, self.registry, permit_id)
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
        """The permit as it was issued, in force or not, by whichever process.

        Raises:
            PermitMissingError: There is none of that id.
            PermitForgedError: The file is not what the decisions log issued.
        """
        self.registry.refresh()
        return find_permit(self.folder, self.registry, permit_id)

    def in_force(self, permit_id: str, *, now: datetime) -> Permit:
        """The permit, if it still holds: what it began may be brought to its end.

        Raises:
            PermitError: One of its kinds: all of `admit` but the scope, for nothing new is begun.
            ModelMismatchError: Another model runs than it was measured with.
            PermitStaleError: Nothing newer than 30 days says that the authority stands by it.
        """
        self.registry.refresh()
        self._check_clock(now)
        permit = find_permit(self.folder, self.registry, permit_id)
        self.checker.check_holds(
            permit,
            now=now,
            trusted=self.registry.principals,
            revoked=frozenset(self.registry.revoked),
        )
        self.registry.correspondence.require_fresh(permit, now=now)
        return permit

    def known(self, permit_id: str) -> Permit:
        """The permit as it was issued: from its file or, where that is lost or altered, the log.

        For what is read, shown or counted; a use needs the file itself (`find`).

        Raises:
            PermitMissingError: None of that id was issued.
            LedgerDamagedError: The log has lost it too.
        """
        return known_permit(self.folder, self.registry, permit_id)

    def issued(self) -> Mapping[str, Permit]:
        """Every permit that was issued, also where its file is lost or altered."""
        self.registry.refresh()
        return {permit_id: self.known(permit_id) for permit_id in self.registry.issued}

    def damaged(self) -> frozenset[str]:
        """Ids of the permits whose file is lost or altered; nothing runs under them."""
        self.registry.refresh()
        return frozenset(each for each in self.registry.issued if not self._has_file(each))

    def _has_file(self, permit_id: str) -> bool:
        try:
            self.find(permit_id)
        except PermitError:
            return False
        return True

    def _check_clock(self, now: datetime) -> None:
        latest = self.registry.ledger.latest_time()
        if latest is not None and (latest - now).total_seconds() > CLOCK_TOLERANCE_S:
            raise ClockError(
                "The clock of this machine stands before the last entry of the ledger.",
                hint="Set the clock; expiry cannot be judged by one that was set back.",
                rules=("D4",),
            )


def known_permit(folder: Path, registry: Registry, permit_id: str) -> Permit:
    """The permit from its file or, where that is lost or altered, from the log.

    Raises:
        PermitMissingError: None of that id was issued.
        LedgerDamagedError: The log has lost it too.
    """
    try:
        return find_permit(folder, registry, permit_id)
    except PermitError:
        return registry.recorded(permit_id)


def find_permit(folder: Path, registry: Registry, permit_id: str) -> Permit:
    """The permit as it was issued, in force or not.

    Raises:
        PermitMissingError: There is none of that id.
        PermitForgedError: The file is not what the decisions log issued.
    """
    issued = registry.issued.get(permit_id)
    if issued is None:
        raise not_issued()
    path = folder / f"{permit_id}.json"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PermitMissingError(
            f"The file {path.name} of this permit is gone.",
            hint="Restore it from a backup, or have a new permit issued.",
            rules=("D4",),
        ) from error
    try:
        permit = Permit.from_json(data)
    except PermitForgedError as error:
        raise _altered(path) from error
    if permit.digest != issued or permit.permit_id != permit_id:
        raise _altered(path)
    return permit


def _altered(path: Path) -> PermitForgedError:
    return PermitForgedError(
        f"The file {path.name} of this permit is not what was signed and recorded.",
        hint="Restore it from a backup, or have a new permit issued.",
        rules=("D4",),
    )
