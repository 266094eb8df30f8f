"""Which uses name a person is known once a use, whoever writes meanwhile and whatever fails."""

import pytest

from recognizance.errors import LedgerDamagedError
from recognizance.keys import Digests
from recognizance.ledger import LogName
from recognizance.registry.naming import Naming, named_in


@pytest.fixture
def record(workspace):
    def recorded(private) -> int:
        uses = workspace.ledger.size(LogName.USES)
        public = {"outcome": "match"}
        workspace.ledger.append(
            LogName.USES, "verify", public, now=workspace.clock(), private=private
        )
        return uses

    return recorded


def test_a_use_that_is_recorded_while_the_log_is_read_counts_once(workspace, record, monkeypatch):
    ledger, naming = workspace.ledger, Naming(workspace.ledger)
    indexes, size = [record({"subject": "s-1"})], ledger.size

    def grown(log):
        known = size(log)
        monkeypatch.setattr(ledger, "size", size)
        indexes.append(record({"subjects": ["s-1", "s-2"]}))
        return known

    monkeypatch.setattr(ledger, "size", grown)
    assert naming.of("s-1") == indexes
    assert len(indexes) == 2
    indexes.append(record({"subject": "s-1"}))
    assert naming.of("s-1") == indexes
    assert naming.of("s-2") == indexes[1:2]


def test_a_use_that_was_read_before_a_damaged_one_counts_once(workspace, record, monkeypatch):
    ledger, naming = workspace.ledger, Naming(workspace.ledger)
    indexes = [record({"subject": "s-1"}), record({"subject": "s-1"})]
    private = ledger.private

    def damaged(log, index):
        if index == indexes[1]:
            raise LedgerDamagedError("Damaged.", hint="Mend it.")
        return private(log, index)

    with monkeypatch.context() as once:
        once.setattr(ledger, "private", damaged)
        with pytest.raises(LedgerDamagedError):
            naming.of("s-1")
    assert naming.of("s-1") == indexes


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        ({"subject": "s-1"}, {"s-1"}),
        ({"subjects": ["s-1", "s-2"]}, {"s-1", "s-2"}),
        ({"subject": "s-1", "subjects": ["s-2"]}, {"s-1", "s-2"}),
        ({"subject": None, "principal": "s-1"}, set()),
        (None, set()),
        (["s-1"], set()),
    ],
)
def test_whom_a_payload_names(payload, named):
    assert set(named_in(payload)) == named


def test_digests_of_an_id_agree_in_one_place_alone():
    here, there = Digests(), Digests()
    assert here.of("s-1") == here.of("s-1") != here.of("s-2")
    assert here.of("s-1") != there.of("s-1")
