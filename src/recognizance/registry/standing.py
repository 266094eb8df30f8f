"""How each permit and each person stands, as the decisions log tells it.

A permit says what the rules and the officers decided on one day. What has happened since (a duty
attested, a use suspended, an order that came or did not, a reviewer trained, an assembly
announced, statistics published) stands in the same log, and a use is checked against both.

Replay is pure: it reads only the public part of an entry, so that nothing here changes when a
private payload is erased. Every question a use asks is a look into a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from recognizance.ledger import Entry

STOP_BUTTON = "stop_button"
FALSE_ALERTS = "false_alert_meter"
WIPED_LATE = "wipe_nonmatch"
CROWD = "density_limit"
MOUNT = "camera_mount"
PROGRAM = "program"
"""Who acted, where the program did by itself."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """A use that was stopped.

    Attributes:
        since: When.
        cause: The hook that stopped it: `stop_button`, `false_alert_meter`, `density_limit` or
            `wipe_nonmatch`; or `camera_mount`.
    """

    since: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Order:
    """What a court or authority answered: the order was granted, or refused."""

    granted: bool
    recorded_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class Assembly:
    """An announced gathering, worship, strike, vote or press event, at one site. End excluded."""

    begins: datetime
    ends: datetime
    site: str
    assembly_id: str

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.begins <= moment < self.ends


@dataclass(slots=True)
class Standing:
    """What the decisions log has said since the permits were issued.

    Attributes:
        training: Last day of training, by principal.
        attested: When a duty was last attested, by permit and hook.
        suspensions: Permits that are suspended now.
        resumed: When a permit was last let go on.
        orders: The answer to the request for an order, by permit.
        revoked_at: When a permit was revoked.
        statistics: When figures were last published, by permit.
        publications: When the permit itself was published.
        assemblies: Announced and not cancelled, by site.
        stopped: Reviewers who are suspended now, and since when.
        stops: Every time that a reviewer was suspended.
        restored: When a reviewer was last let back.
        retrained: When a training was last recorded, by principal.
        wiped: Permits under which everything was destroyed because no order came.
    """

    training: dict[str, date] = field(default_factory=dict)
    attested: dict[tuple[str, str], datetime] = field(default_factory=dict)
    suspensions: dict[str, Suspension] = field(default_factory=dict)
    resumed: dict[str, datetime] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    revoked_at: dict[str, datetime] = field(default_factory=dict)
    statistics: dict[str, datetime] = field(default_factory=dict)
    publications: dict[str, datetime] = field(default_factory=dict)
    assemblies: dict[str, dict[str, Assembly]] = field(default_factory=dict)
    stopped: dict[str, datetime] = field(default_factory=dict)
    stops: dict[str, list[datetime]] = field(default_factory=dict)
    restored: dict[str, datetime] = field(default_factory=dict)
    retrained: dict[str, datetime] = field(default_factory=dict)
    wiped: set[str] = field(default_factory=set)

    def replay(self, entry: Entry) -> None:
        """Take one entry of the decisions log into account."""
        public = entry.public
        match entry.kind:
            case "training_recorded":
                self._train(str(public["principal"]), date.fromisoformat(str(public["on"])))
                self.retrained[str(public["principal"])] = entry.time
            case "reviewer_suspended":
                self.stopped[str(public["principal"])] = entry.time
                self.stops.setdefault(str(public["principal"]), []).append(entry.time)
            case "reviewer_restored":
                self.stopped.pop(str(public["principal"]), None)
                self.restored[str(public["principal"])] = entry.time
            case "assembly_announced" | "assembly_cancelled":
                self._calendar(entry.kind, public)
            case _ if "permit" in public:
                self._of_permit(str(public["permit"]), entry)

    def _of_permit(self, permit: str, entry: Entry) -> None:
        match entry.kind:
            case "duty_attested":
                self.attested[permit, str(entry.public["hook"])] = entry.time
            case "permit_suspended":
                cause = str(entry.public["cause"])
                self.suspensions.setdefault(permit, Suspension(entry.time, cause))
            case "permit_resumed":
                self.suspensions.pop(permit, None)
                self.resumed[permit] = entry.time
            case "order_recorded":
                self.orders[permit] = Order(entry.public["granted"] is True, entry.time)
            case "permit_revoked":
                self.end([permit], at=entry.time)
            case "permit_wiped":
                self.wiped.add(permit)
            case "permit_published":
                self.publications.setdefault(permit, entry.time)
            case "statistics_published":
                self.statistics[permit] = entry.time

    def end(self, permit_ids: Iterable[str], *, at: datetime) -> None:
        """Take it that these permits ended then, unless they had ended before."""
        for permit_id in permit_ids:
            self.revoked_at.setdefault(permit_id, at)

    # ---- what a use asks --------------------------------------------------------------------

    def trained_on(self, principal_id: str) -> date | None:
        """The last day on which somebody was trained; None if never."""
        return self.training.get(principal_id)

    def stopped_at(self, principal_id: str) -> datetime | None:
        """Since when a reviewer is suspended; None if they are not."""
        return self.stopped.get(principal_id)

    def was_stopped(self, principal_id: str, since: datetime) -> bool:
        """Whether a reviewer was suspended at a moment or after it."""
        return any(stop >= since for stop in self.stops.get(principal_id, ()))

    def restored_at(self, principal_id: str) -> datetime | None:
        """When a reviewer's suspension was last lifted; None if never."""
        return self.restored.get(principal_id)

    def retrained_since(self, principal_id: str, moment: datetime) -> bool:
        """Whether a training of a day not before that moment's was recorded after it."""
        day, recorded = self.training.get(principal_id), self.retrained.get(principal_id)
        return (
            day is not None and recorded is not None and day >= moment.date() and recorded > moment
        )

    def attested_at(self, permit_id: str, hook: str) -> datetime | None:
        """When a duty was last attested; None if never."""
        return self.attested.get((permit_id, hook))

    def suspension_of(self, permit_id: str) -> Suspension | None:
        """Why and since when a permit is suspended; None if it is not."""
        return self.suspensions.get(permit_id)

    def resumed_at(self, permit_id: str) -> datetime | None:
        """When a suspension was last lifted; None if never."""
        return self.resumed.get(permit_id)

    def order_of(self, permit_id: str) -> Order | None:
        """What was answered to the request for an order; None while there is no answer."""
        return self.orders.get(permit_id)

    def statistics_of(self, permit_id: str) -> datetime | None:
        """When figures of a permit were last published; None if never."""
        return self.statistics.get(permit_id)

    def published(self, permit_id: str) -> datetime | None:
        """When a permit was published after its window; None if it was not, or needs not be."""
        return self.publications.get(permit_id)

    def assembly_at(self, sites: Iterable[str], moment: datetime) -> Assembly | None:
        """An announced assembly at one of these sites at that moment; None if there is none."""
        for site in sites:
            for assembly in self.assemblies.get(site, {}).values():
                if assembly.holds(moment):
                    return assembly
        return None

    def calendar(self) -> tuple[Assembly, ...]:
        """Every assembly that was announced and not cancelled, in order of time."""
        return tuple(sorted(each for site in self.assemblies.values() for each in site.values()))

    # ---- replay -----------------------------------------------------------------------------

    def _train(self, principal_id: str, day: date) -> None:
        known = self.training.get(principal_id)
        self.training[principal_id] = day if known is None else max(known, day)

    def _calendar(self, kind: str, public: Mapping[str, object]) -> None:
        assembly_id, site = str(public["assembly"]), str(public["site"])
        if kind == "assembly_cancelled":
            self.assemblies.get(site, {}).pop(assembly_id, None)
            return
        begins, ends = utc_moment(str(public["begins"])), utc_moment(str(public["ends"]))
        self.assemblies.setdefault(site, {})[assembly_id] = Assembly(
            begins, ends, site, assembly_id
        )


def assembly_entry(assembly: Assembly) -> dict[str, object]:
    """What the decisions log says of an announced assembly; `Standing.replay` reads it."""
    return {
        "assembly": assembly.assembly_id,
        "site": assembly.site,
        "begins": utc_text(assembly.begins),
        "ends": utc_text(assembly.ends),
    }
