from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from ledger_site import NOON, Site

from recognizance.ledger import LogName
from recognizance.ledger.merkle import consistency_holds
from recognizance.ledger.verify import verify_receipt

logs = st.sampled_from(LogName)
payloads = st.none() | st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=2)


class LedgerMachine(RuleBasedStateMachine):
    """Whatever is done to a ledger, two lists and a set describe it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.site = Site(Path(self.folder.name) / "l.db", Path(self.folder.name) / "pin.json")
        self.ledger = self.site.create()
        self.now = NOON
        self.public: dict[LogName, list[int]] = {log: [] for log in LogName}
        self.private: dict[LogName, list[object]] = {log: [] for log in LogName}
        self.open: dict[LogName, set[int]] = {log: set() for log in LogName}
        self.heads: dict[LogName, list[bytes]] = {log: [] for log in LogName}

    @rule(log=logs, number=st.integers(0, 9), private=payloads, opens=st.booleans())
    def append(self, log, number, private, opens):
        self._append(log, number, private=private, opens=opens)
        if opens:
            self.open[log].add(len(self.public[log]) - 1)

    @precondition(lambda self: any(self.open.values()))
    @rule(data=st.data())
    def close_intent(self, data):
        log = data.draw(st.sampled_from([log for log in LogName if self.open[log]]))
        index = data.draw(st.sampled_from(sorted(self.open[log])))
        self._append(log, 0, private=None, closes=index)
        self.open[log].remove(index)

    def _append(self, log, number, *, private, **intent):
        self.now += timedelta(seconds=number)
        now = self.now - timedelta(seconds=number % 5)  # a clock that steps back a little
        entry = self.ledger.append(
            log, "use", {"number": number}, now=now, private=private, **intent
        )
        assert entry.index == len(self.public[log])
        self.public[log].append(number)
        self.private[log].append(private)
        self.heads[log].append(self.ledger.root(log))

    @rule(log=logs, data=st.data())
    def erase(self, log, data):
        if self.public[log]:
            index = data.draw(st.integers(0, len(self.public[log]) - 1))
            self.ledger.erase_private(log, index)
            self.private[log][index] = None

    @rule()
    def reopen(self):
        self.ledger.close()
        self.ledger = self.site.open()

    @rule(log=logs, data=st.data())
    def prove(self, log, data):
        if self.public[log]:
            index = data.draw(st.integers(0, len(self.public[log]) - 1))
            head = verify_receipt(
                self.ledger.receipt(log, index), self.ledger.vkey(log), self.ledger.leaf(log, index)
            )
            assert head.root == self.heads[log][-1]
            proof = self.ledger.consistency_proof(log, index + 1)
            assert consistency_holds(index + 1, self.heads[log][index], head.size, head.root, proof)

    @rule()
    def check(self):
        report = self.site.verify()
        assert report.ok, report.findings
        assert [state.size for state in report.logs] == [len(self.public[log]) for log in LogName]

    @invariant()
    def agrees_with_the_model(self):
        for log in LogName:
            entries = list(self.ledger.entries(log))
            assert [entry.public["number"] for entry in entries] == self.public[log]
            assert [self.ledger.private(log, e.index) for e in entries] == self.private[log]
            assert {e.index for e in self.ledger.open_intents(log)} == self.open[log]
            times = [entry.time for entry in entries]
            assert times == sorted(times)

    def teardown(self):
        self.ledger.close()
        self.folder.cleanup()


LedgerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLedgerModel = LedgerMachine.TestCase
