"""Withdrawal and status lists: what the authority takes back ends, at the latest in 30 days."""

from dataclasses import replace
from datetime import timedelta

import pytest
from authority_site import make_authority

from fakes import photograph
from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import (
    AuthorityError,
    ConflictError,
    LedgerDamagedError,
    NotFoundError,
    PermitRevokedError,
    PermitStaleError,
    RefusedError,
)
from recognizance.gate.letters import StatusList
from recognizance.ledger import LogName
from recognizance.permits.exchange import import_status
from recognizance.registry.correspondence import STATUS_DAYS
from recognizance.types import Operation
from recognizance.uses import Request
from recognizance.workspace import Workspace


def take_in(operator, data: bytes) -> StatusList:
    return import_status(operator.workspace, data, by=operator.acting("operator"))


def search(operator, permit_id: str):
    return operator.workspace.desk.search(
        Request(
            principal=operator.acting("operator").principal,
            operation=Operation.SEARCH,
            permit_id=permit_id,
            photographs=(photograph("ana"),),
            gallery_id="g",
        )
    )


def test_a_withdrawn_permit_runs_before_the_list_and_not_after(operator, authority):
    permit = operator.in_force(authority)
    authority.withdraw(permit, "complaints were upheld")
    operator.use(permit)
    taken = take_in(operator, authority.list_status())
    assert taken.withdrawn == {permit}
    with pytest.raises(PermitRevokedError):
        operator.use(permit)
    with pytest.raises(RefusedError) as caught:
        search(operator, permit)
    assert caught.value.code == "permit.revoked"
    assert caught.value.entry is not None
    revoked = [
        entry.public
        for entry in operator.workspace.ledger.entries(LogName.DECISIONS)
        if entry.kind == "permit_revoked"
    ]
    assert revoked == [{"permit": permit, "by": "authority"}]


def test_a_withdrawal_that_comes_before_the_answer_counts_too(operator, authority):
    permit, request = operator.request()
    letter = authority.countersign(request).letter
    authority.withdraw(permit.permit_id, "a mistake")
    take_in(operator, authority.list_status())
    operator.accept(letter)
    with pytest.raises(PermitRevokedError):
        operator.use(permit.permit_id)


def test_without_a_list_a_countersigned_permit_stops_after_thirty_days(operator, authority, clock):
    permit = operator.in_force(authority)
    clock.advance(days=STATUS_DAYS)
    operator.use(permit)
    clock.advance(milliseconds=1)
    with pytest.raises(PermitStaleError) as caught:
        operator.use(permit)
    assert "import-status" in caught.value.hint
    with pytest.raises(PermitStaleError):
        operator.workspace.shelf.in_force(permit, now=clock())
    take_in(operator, authority.list_status())
    operator.use(permit)
    clock.advance(days=STATUS_DAYS, milliseconds=1)
    with pytest.raises(PermitStaleError):
        operator.use(permit)


def test_a_self_signed_permit_needs_no_list(office, clock):
    permit = office.permit()
    clock.advance(hours=23)
    assert office.workspace.shelf.in_force(permit, now=clock()).self_attested


def test_an_older_list_does_not_hide_what_was_withdrawn_since(operator, authority, clock):
    permit = operator.in_force(authority)
    older = authority.list_status()
    authority.withdraw(permit, "over")
    clock.advance(hours=1)
    newer = authority.list_status()
    take_in(operator, newer)
    with pytest.raises(AuthorityError, match="list 2 is here already"):
        take_in(operator, older)
    assert take_in(operator, newer).number == 2  # the same one again does no harm
    with pytest.raises(PermitRevokedError):
        operator.use(permit)


def test_another_list_of_the_same_number_is_refused(operator, authority, clock):
    take_in(operator, authority.list_status())
    other = StatusList(
        authority=authority.public_key.hex(),
        number=1,
        issued_at=clock(),
        next_due=clock() + timedelta(days=7),
        withdrawn=frozenset({"0" * 16}),
    ).seal(authority._key)
    with pytest.raises(AuthorityError):
        take_in(operator, other)


def test_a_forged_list_a_foreign_one_and_one_of_tomorrow_are_refused(
    operator, authority, tmp_path, clock
):
    data = authority.list_status()
    document = parse_json(data)
    assert isinstance(document, dict)
    document["letter"]["number"] = 99
    with pytest.raises(AuthorityError):
        take_in(operator, canonical_bytes(document))
    with make_authority(tmp_path, clock, "Forgers Ltd") as forger:
        foreign = forger.list_status()
    with pytest.raises(AuthorityError):
        take_in(operator, foreign)
    clock.advance(days=1)
    early = authority.list_status()
    clock.advance(days=-1)
    with pytest.raises(AuthorityError, match="not come"):
        take_in(operator, early)
    assert operator.workspace.registry.correspondence.status is None


def test_a_list_written_into_the_log_by_the_workspace_itself_is_found_out(
    operator, authority, clock
):
    """Who holds the workspace's key can sign its log, and still cannot write a list."""
    permit = operator.in_force(authority)
    status = StatusList.open(authority.list_status(), authority.public_key)
    assert status.letter is not None
    forged = replace(status, number=7, issued_at=clock() + timedelta(days=300))
    key = operator.acting("operator").key
    operator.workspace.ledger.append(
        LogName.DECISIONS,
        "status_imported",
        {"number": 7, "letter": parse_json(forged.seal(key)), "by": "x"},
        now=clock(),
    )
    with pytest.raises(LedgerDamagedError):
        operator.use(permit)


def test_what_was_imported_is_known_after_reopening(operator, authority, clock):
    permit = operator.in_force(authority)
    authority.withdraw(permit, "over")
    take_in(operator, authority.list_status())
    operator.workspace.close()
    with Workspace.open(operator.settings, clock=clock) as again:
        assert permit in again.registry.revoked
        assert again.registry.correspondence.status is not None


def test_only_what_was_countersigned_is_withdrawn_and_once(operator, authority):
    permit = operator.in_force(authority)
    with pytest.raises(NotFoundError):
        authority.withdraw("0" * 16, "no such")
    authority.withdraw(permit, "over")
    with pytest.raises(ConflictError):
        authority.withdraw(permit, "over again")


def test_a_list_leaves_out_what_has_ended(operator, authority, clock):
    permit = operator.in_force(authority, lasts=timedelta(days=3))
    authority.withdraw(permit, "over")
    clock.advance(days=3)
    written = StatusList.open(authority.list_status(), authority.public_key)
    assert written.withdrawn == frozenset()
    assert written.number == 1
