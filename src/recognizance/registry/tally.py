"""Counts over the uses log: what ran under each permit, and how often it was wrong.

For `Tally` the log is read once from its beginning and then only as far as it has grown, and only
for a permit whose conditions ask for a count. `Answers`, which every use asks, begins a day ago.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from recognizance.ledger import LogName
from recognizance.registry.standing import CROWD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from recognizance.ledger import Entry, Ledger

STARTED = "started"
WATCHED = "watched"
"""Outcome of the entry in which a watch counts a minute."""

HELD = "held_for_review"
RAN = frozenset({"match", "non_match", "candidate", "no_candidate", HELD, WATCHED})
"""Outcomes of a use in which a face was compared; a refused or failed one compared nothing."""

SEARCHES = frozenset({"search", "watch"})
FALSE_ALERTS = frozenset({"rejected", "overturned"})
CROWDS = {"stopped": True, "resumed": False}
"""Outcomes of a watch that a crowd stopped, or that went on when it was gone."""

ENDED = frozenset({"confirmed", "rejected", "undetermined"})
"""Outcomes of the last verdict on a lead; a planted one has none of them."""

CHECK = "check"
"""Kind and outcome of the entry that says of a lead that it was planted."""

NO_OUTCOME = frozenset({"intent", "rolled_back", "shown", CHECK})


@dataclass(slots=True)
class Series:
    """How many of something happened, and when, in the order of the log."""

    times: list[datetime] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)

    def add(self, time: datetime, number: int = 1) -> None:
        """Count so many more."""
        self.times.append(time)
        self.totals.append((self.totals[-1] if self.totals else 0) + number)

    def take(self, time: datetime) -> None:
        """Count one less: what was counted at that time was none."""
        index = bisect_left(self.times, time)
        number = self.totals[index] - (self.totals[index - 1] if index else 0)
        if number > 1:
            number = 1
        else:
            del self.times[index], self.totals[index]
        self.totals[index:] = [total - number for total in self.totals[index:]]

    def since(self, moment: datetime | None) -> int:
        """How many happened at a moment or after it; all of them for None."""
        if not self.totals:
            return 0
        if moment is None:
            return self.totals[-1]
        before = bisect_left(self.times, moment)
        return self.totals[-1] - (self.totals[before - 1] if before else 0)

    def first_since(self, moment: datetime | None) -> datetime | None:
        """When the first one at a moment or after it happened; None if there was none."""
        index = 0 if moment is None else bisect_left(self.times, moment)
        return self.times[index] if index < len(self.times) else None


@dataclass(slots=True)
class PermitTally:
    """What ran under one permit.

    Attributes:
        uses: Uses in which a face was compared.
        faces: Faces that were searched for in a gallery; of a watch, once a track.
        leads: Candidates that were held for review.
        false_alerts: Leads that reviewers rejected, or that a third one overturned.
        crowded: Whether a watch stopped because of a crowd, and has not gone on since.
        outcomes: How often each operation ended in each outcome.
    """

    uses: Series = field(default_factory=Series)
    faces: Series = field(default_factory=Series)
    leads: Series = field(default_factory=Series)
    false_alerts: Series = field(default_factory=Series)
    crowded: bool = False
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, entry: Entry) -> None:
        """Take one entry of the uses log into account."""
        public = entry.public
        if "operation" not in public or public.get("outcome") in NO_OUTCOME:
            return
        operation, outcome = str(public["operation"]), str(public.get("outcome"))
        self.outcomes[operation, outcome] += 1
        faces = public.get("faces")
        # A watch is one use, whatever it counts and finds while it runs.
        if outcome == STARTED if operation == "watch" else outcome in RAN:
            self.uses.add(entry.time)
        if outcome in RAN:
            if operation in SEARCHES:
                self.faces.add(entry.time, faces if isinstance(faces, int) else 1)
            if outcome == HELD:
                self.leads.add(entry.time)
        if outcome in CROWDS and public.get("cause") == CROWD:
            self.crowded = CROWDS[outcome]
        if operation == "decide" and outcome in FALSE_ALERTS:
            self.false_alerts.add(entry.time)

    def discount(self, counted: list[Entry]) -> None:
        """Take out again what was counted of a lead that turns out to have been planted."""
        for entry in counted:
            operation, outcome = str(entry.public["operation"]), str(entry.public["outcome"])
            self.outcomes[operation, outcome] -= 1
            self.outcomes += Counter()  # what is at zero is not listed
            if outcome != HELD:
                continue
            if operation != "watch":
                self.uses.take(entry.time)
            if operation in SEARCHES and entry.public.get("faces") != 0:
                self.faces.take(entry.time)
            self.leads.take(entry.time)


class Tally:
    """The counts of every permit, as far as the uses log has been read.

    Args:
        ledger: The ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._read = 0
        self._permits: dict[str, PermitTally] = {}
        self._open: dict[str, list[Entry]] = {}
        self._lock = Lock()

    def of(self, permit_id: str) -> PermitTally:
        """The counts of one permit, up to the newest entry."""
        with self._lock:
            for entry in self._ledger.entries(LogName.USES, start=self._read):
                self._read = entry.index + 1
                permit = entry.public.get("permit")
                if entry.kind == CHECK:
                    self._take_out(str(entry.public.get("lead")))
                elif isinstance(permit, str):
                    self._permits.setdefault(permit, PermitTally()).count(entry)
                    self._follow(entry)
            return self._permits.setdefault(permit_id, PermitTally())

    def _follow(self, entry: Entry) -> None:
        """Remember what was counted of a lead, as long as it may turn out to be a planted one."""
        lead, outcome = entry.public.get("lead"), entry.public.get("outcome")
        if outcome == HELD:
            self._open[str(lead)] = [entry]
        elif lead in self._open and outcome not in NO_OUTCOME:
            if outcome in ENDED:
                del self._open[str(lead)]
            else:
                self._open[str(lead)].append(entry)

    def _take_out(self, lead: str) -> None:
        if counted := self._open.pop(lead, None):
            self._permits[str(counted[0].public["permit"])].discount(counted)


class Answers:
    """How many answers were given lately under each permit: uses in which a face was compared.

    Args:
        ledger: The ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._read: int | None = None
        self._given: dict[str, Series] = {}
        self._held: dict[str, tuple[Series, datetime]] = {}
        self._lock = Lock()

    def since(self, moment: datetime, permit_ids: Iterable[str]) -> int:
        """How many there were under these permits at a moment or after it.

        The first moment that is asked for is the earliest that can be.
        """
        with self._lock:
            if self._read is None:
                self._read = self._ledger.first_since(LogName.USES, moment)
            for entry in self._ledger.entries(LogName.USES, start=self._read):
                self._read = entry.index + 1
                permit = entry.public.get("permit")
                if entry.kind == CHECK:
                    series, time = self._held.pop(str(entry.public.get("lead")), (None, moment))
                    if series is not None:
                        series.take(time)
                elif isinstance(permit, str) and entry.public.get("outcome") in RAN:
                    series = self._given.setdefault(permit, Series())
                    series.add(entry.time)
                    if entry.public.get("outcome") == HELD:
                        self._held[str(entry.public.get("lead"))] = series, entry.time
            found = (self._given.get(permit) for permit in permit_ids)
            return sum(series.since(moment) for series in found if series)
