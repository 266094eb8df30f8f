"""What goes on now under each permit, as the ledger tells it: for whoever may stop it.

Counts and ids only: nothing here is about anybody who passes. The log is read back a bounded
stretch when it is first asked for, and from then on only as far as it has grown.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from recognizance.conditions import A_DAY, density_of, numbers, read_meter
from recognizance.ledger import LogName
from recognizance.registry.tally import STARTED, WATCHED
from recognizance.sightings import STOPPED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from recognizance.conditions import Density, Meter
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Entry
    from recognizance.registry.standing import Suspension
    from recognizance.workspace import Workspace

STRETCH: Final = 20_000
"""House number: how many entries are read back at first, some tenths of a second."""

SHOWN: Final = 30
"""Minutes of which counts are kept in mind."""

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """What all watches of a permit counted in one minute, or in some.

    Attributes:
        entries: From how many entries of the log.
        faces: Faces that began to be followed.
        pictures: Pictures in which faces were looked for.
        in_view: Faces in view, added up over the pictures.
        most: Most faces that were in view at once.
        dropped: Pictures that nobody looked at, because there was no time.
        rejected: Pictures without a usable face, or below the quality floor.
    """

    entries: int = 0
    faces: int = 0
    pictures: int = 0
    in_view: int = 0
    most: int = 0
    dropped: int = 0
    rejected: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            self.entries + other.entries,
            self.faces + other.faces,
            self.pictures + other.pictures,
            self.in_view + other.in_view,
            max(self.most, other.most),
            self.dropped + other.dropped,
            self.rejected + other.rejected,
        )

    @property
    def mean(self) -> float | None:
        """How many faces are in view, in the mean of the pictures."""
        return round(self.in_view / self.pictures, 1) if self.pictures else None


@dataclass(frozen=True, slots=True)
class Stop:
    """Why and since when a watch compares nothing: the hook, or the code of the error."""

    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What goes on under one permit.

    Attributes:
        permit: The permit.
        watches: How many watches go on.
        cameras: Through how many cameras they look, as they said; None where nobody did.
        since: When the first of them began.
        suspension: Why and since when nothing may run under the permit; None where it may.
        stop: Why and since when a watch that goes on compares nothing, by itself.
        last: What was counted in the newest whole minute; None where nothing was.
        minutes: Faces that began to be followed, by minute, the newest last.
        lately: The sums of those minutes.
        meter: What the meter of false alerts shows; None where the permit has none.
        density: When a crowd stops a watch.
        leads: Leads within 24 hours.
        leads_limit: Most leads in that time; None where no rule says.
    """

    permit: Permit
    watches: int
    cameras: int | None
    since: datetime | None
    suspension: Suspension | None
    stop: Stop | None
    last: Counted | None
    minutes: tuple[int, ...]
    lately: Counted | None
    meter: Meter | None
    density: Density | None
    leads: int
    leads_limit: int | None

    @property
    def state(self) -> str:
        """`suspended`, `stopped`, `watching` or `quiet`."""
        if self.suspension is not None:
            return "suspended"
        if not self.watches:
            return "quiet"
        return "stopped" if self.stop is not None else "watching"


class Onlooker:
    """Follows the uses log; one thread asks it at a time."""

    def __init__(self) -> None:
        self._read: int | None = None
        self._counted: dict[str, dict[datetime, Counted]] = defaultdict(dict)
        self._stops: dict[str, Stop | None] = {}

    def look(self, workspace: Workspace, permit_id: str | None = None) -> tuple[Seen, ...]:
        """Every permit in force, those first under which something goes on; or one permit alone.

        Raises:
            PermitMissingError: There is no such permit.
        """
        workspace.registry.refresh()
        self._follow(workspace)
        watches = _open_watches(workspace)
        shelf, now = workspace.shelf, workspace.clock()
        if permit_id is not None:
            permits = [shelf.find(permit_id)]
        else:
            gone = workspace.registry.revoked | shelf.damaged()
            permits = [
                permit
                for each, permit in shelf.issued().items()
                if each in watches or (each not in gone and now < permit.expires_at)
            ]
        found = [self._seen(workspace, each, watches.get(each.permit_id, [])) for each in permits]
        order = ("stopped", "suspended", "watching", "quiet")
        return tuple(sorted(found, key=lambda seen: (order.index(seen.state), _name(seen))))

    def _seen(self, workspace: Workspace, permit: Permit, watches: list[Entry]) -> Seen:
        now, standing = workspace.clock(), workspace.registry.standing
        tally = workspace.shelf.tally(permit.permit_id)
        counted = self._counted[permit.permit_id]
        minutes = [_minute_of(now) - ago * _MINUTE for ago in reversed(range(SHOWN))]
        shown = [counted[each] for each in minutes if each in counted]
        since = min((each.time for each in watches), default=None)
        stop = self._stops.get(permit.permit_id)
        cameras = [n for each in watches if isinstance(n := each.public.get("cameras"), int)]
        limits = numbers(permit, "lead_limit", "per_day")
        return Seen(
            permit=permit,
            watches=len(watches),
            cameras=sum(cameras) if cameras else None,
            since=since,
            suspension=standing.suspension_of(permit.permit_id),
            stop=stop if since is not None and stop is not None and stop.since >= since else None,
            last=_last(counted.get(minutes[-1]), counted.get(minutes[-2]), len(watches)),
            minutes=tuple(counted.get(each, Counted()).faces for each in minutes),
            lately=sum(shown[1:], start=shown[0]) if shown else None,
            meter=read_meter(permit, tally, standing),
            density=density_of(permit),
            leads=workspace.shelf.leads(permit, since=now - A_DAY),
            leads_limit=int(min(limits)) if limits else None,
        )

    def _follow(self, workspace: Workspace) -> None:
        ledger = workspace.ledger
        size = ledger.size(LogName.USES)
        start = max(0, size - STRETCH) if self._read is None else self._read
        for entry in ledger.entries(LogName.USES, start=start, stop=size, kinds={"watch"}):
            self._take(entry)
        self._read = size

    def _take(self, entry: Entry) -> None:
        public = entry.public
        permit, outcome = str(public.get("permit")), public.get("outcome")
        if outcome == WATCHED:
            minutes, minute = self._counted[permit], _minute_of(entry.time)
            minutes[minute] = minutes.get(minute, Counted()) + _counted(entry)
            for old in sorted(minutes)[:-SHOWN]:
                del minutes[old]
        elif outcome == STOPPED:
            why = str(public.get("cause") or public.get("code"))
            self._stops[permit] = Stop(entry.time, why)
        elif outcome == "resumed":
            self._stops[permit] = None


def _open_watches(workspace: Workspace) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for each in workspace.ledger.open_intents(LogName.USES):
        if each.kind == "watch" and each.public.get("outcome") == STARTED:
            found.setdefault(str(each.public.get("permit")), []).append(each)
    return found


def _counted(entry: Entry) -> Counted:
    def number(name: str) -> int:
        value = entry.public.get(name)
        return value if isinstance(value, int) else 0

    return Counted(
        1,
        number("tracks"),
        number("pictures"),
        number("in_view"),
        number("most_faces"),
        number("dropped"),
        number("rejected"),
    )


def _last(this: Counted | None, one_before: Counted | None, watches: int) -> Counted | None:
    """The newest minute that every watch has counted, as far as that can be told."""
    if not watches:
        return None
    whole = this is not None and this.entries >= watches
    return this if whole else one_before or this


def _minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _name(seen: Seen) -> tuple[str, str]:
    return seen.permit.purpose, seen.permit.permit_id
