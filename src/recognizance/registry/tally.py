"""Counts over the uses log: what ran under each permit, and how often it was wrong.

For `Tally` the log is read from where the counts end that are kept beside it (`kept_tally.py`),
and then only as far as it has grown. `Answers`, which every use asks, begins a day ago.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from recognizance.gate.terms import TERMS
from recognizance.ledger import LogName
from recognizance.registry.standing import CROWD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recognizance.ledger import Entry, Ledger
    from recognizance.registry.kept_tally import KeptTally

KEEP_EVERY: Final = 10_000
"""House number: from how many more entries on counts are kept again; to read so many takes a third
of a second."""

LONGEST_KEPT: Final = max(terms.longest for terms in TERMS.values())
"""A lead is destroyed with its permit at the latest."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

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

RETENTION = "retention"
"""Kind of the entries that say what was destroyed because its time was over."""

NO_OUTCOME = frozenset({"intent", "rolled_back", "shown", CHECK})


def _numbers() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Series:
    """How many of something happened, and when, in the order of the log.

    Attributes:
        times: Microseconds since 1970, one for each time that something was counted.
        totals: How many there were by then.
    """

    times: array[int] = field(default_factory=_numbers)
    totals: array[int] = field(default_factory=_numbers)

    def add(self, time: datetime, number: int = 1) -> None:
        """Count so many more."""
        self.times.append(_stamp(time))
        self.totals.append((self.totals[-1] if self.totals else 0) + number)

    def take(self, time: datetime) -> None:
        """Count one less: what was counted at that time was none."""
        index = bisect_left(self.times, _stamp(time))
        number = self.totals[index] - (self.totals[index - 1] if index else 0)
        if number > 1:
            number = 1
        else:
            del self.times[index], self.totals[index]
        self.totals[index:] = array("q", (total - number for total in self.totals[index:]))

    def since(self, moment: datetime | None) -> int:
        """How many happened at a moment or after it; all of them for None."""
        if not self.totals:
            return 0
        if moment is None:
            return self.totals[-1]
        before = bisect_left(self.times, _stamp(moment))
        return self.totals[-1] - (self.totals[before - 1] if before else 0)

    def first_since(self, moment: datetime | None) -> datetime | None:
        """When the first one at a moment or after it happened; None if there was none."""
        index = 0 if moment is None else bisect_left(self.times, _stamp(moment))
        return _EPOCH + self.times[index] * _MICROSECOND if index < len(self.times) else None


def _stamp(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Counted:
    """What an entry was counted as.

    Attributes:
        permit_id: Under which permit.
        operation: What was done.
        outcome: What came of it.
        time: When.
        faces: Whether a search counted a face.
    """

    permit_id: str
    operation: str
    outcome: str
    time: datetime
    faces: bool

    @classmethod
    def of(cls, entry: Entry) -> Counted:
        """What was counted of an entry."""
        public = entry.public
        return cls(
            permit_id=str(public["permit"]),
            operation=str(public.get("operation")),
            outcome=str(public.get("outcome")),
            time=entry.time,
            faces=public.get("faces") != 0,
        )


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

    def discount(self, counted: list[Counted]) -> None:
        """Take out again what was counted of a lead that turns out to have been planted."""
        for each in counted:
            self.outcomes[each.operation, each.outcome] -= 1
            self.outcomes += Counter()  # what is at zero is not listed
            if each.outcome != HELD:
                continue
            if each.operation != "watch":
                self.uses.take(each.time)
            if each.operation in SEARCHES and each.faces:
                self.faces.take(each.time)
            self.leads.take(each.time)


@dataclass(slots=True)
class Counts:
    """The counts of every permit, as far as the uses log has been read.

    Attributes:
        read: How many entries that is.
        permits: The counts by permit.
        open: What was counted of leads that may still turn out to have been planted, by lead.
    """

    read: int = 0
    permits: dict[str, PermitTally] = field(default_factory=dict)
    open: dict[str, list[Counted]] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Count the next entry of the log."""
        self.read = entry.index + 1
        permit = entry.public.get("permit")
        if entry.kind == CHECK:
            self._take_out(str(entry.public.get("lead")))
        elif isinstance(permit, str):
            self.permits.setdefault(permit, PermitTally()).count(entry)
            self._follow(entry)
        elif entry.kind == RETENTION:  # of no permit: whatever has expired by then is destroyed
            self._let_go(entry.time - LONGEST_KEPT)

    def _follow(self, entry: Entry) -> None:
        """Remember what was counted of a lead, as long as it may turn out to be a planted one."""
        lead, outcome = entry.public.get("lead"), entry.public.get("outcome")
        if outcome == HELD:
            self.open[str(lead)] = [Counted.of(entry)]
        elif lead in self.open and outcome not in NO_OUTCOME:
            if outcome in ENDED:
                del self.open[str(lead)]
            else:
                self.open[str(lead)].append(Counted.of(entry))

    def _let_go(self, moment: datetime) -> None:
        """Forget leads from before a moment: they are destroyed, and what was planted was told."""
        self.open = {lead: each for lead, each in self.open.items() if each[0].time > moment}

    def _take_out(self, lead: str) -> None:
        if counted := self.open.pop(lead, None):
            self.permits[counted[0].permit_id].discount(counted)


class Tally:
    """The counts of every permit, up to now.

    Args:
        ledger: The ledger.
        kept: Where counts are kept between processes; None where they are not.
    """

    def __init__(self, ledger: Ledger, kept: KeptTally | None = None) -> None:
        self._ledger = ledger
        self._kept = kept
        self._counts: Counts | None = None
        self._kept_at = 0
        self._lock = Lock()

    def of(self, permit_id: str) -> PermitTally:
        """The counts of one permit, up to the newest entry."""
        with self._lock:
            return self._read_on().permits.setdefault(permit_id, PermitTally())

    def read_on(self) -> None:
        """Count what the log has gained."""
        with self._lock:
            self._read_on()

    def keep(self) -> None:
        """Keep what was counted if it is much more than what was kept: between uses, not in one."""
        with self._lock:
            counts = self._counts
            if self._kept and counts and counts.read - self._kept_at >= KEEP_EVERY:
                self._kept.keep(counts, self._ledger)
                self._kept_at = counts.read

    def _read_on(self) -> Counts:
        counts = self._counts
        if counts is None:
            counts = (self._kept and self._kept.load(self._ledger)) or Counts()
            self._kept_at = counts.read
        for entry in self._ledger.entries(LogName.USES, start=counts.read):
            counts.take(entry)
        self._counts = counts
        return counts


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
            while self._held and next(iter(self._held.values()))[1] < moment:
                del self._held[next(iter(self._held))]  # the log is in order of time
            found = (self._given.get(permit) for permit in permit_ids)
            return sum(series.since(moment) for series in found if series)
