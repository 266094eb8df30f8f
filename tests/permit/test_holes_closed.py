"""Ways around permits that were open once: each is closed, and stays so."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import photograph
from hooked import Hooked, condition
from recognizance.errors import (
    ConflictError,
    InputError,
    LedgerDamagedError,
    PermitForgedError,
    PermitRevokedError,
    PermitSuspendedError,
    PrincipalError,
    RefusedError,
    RoleError,
)
from recognizance.forgetting import wipe_permit
from recognizance.gate.permit import Permit
from recognizance.ledger import LogName
from recognizance.permits.galleries import make_gallery
from recognizance.permits.issuing import revoke_permit
from recognizance.permits.kept import open_permits
from recognizance.permits.oversight import suspend
from recognizance.permits.renewable import require_renewable
from recognizance.redacting.asked import Asked
from recognizance.registry import Registry
from recognizance.types import Role
from recognizance.workspace import Workspace

LOST = (None, b"", b"not JSON", b"{}", b"\xff")


def spoil(office, permit_id: str, content: bytes | None) -> None:
    path = office.workspace.layout.permits / f"{permit_id}.json"
    path.unlink() if content is None else path.write_bytes(content)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_permit_are_a_forged_one(data):
    with pytest.raises(PermitForgedError):
        Permit.from_json(data)


@pytest.mark.parametrize("content", LOST)
def test_a_lost_or_altered_file_does_not_escape_the_end_of_its_list(office, clock, content):
    hooked = Hooked(office, (condition("list_destroyed", hours=24),))
    hooked.enroll()
    spoil(office, hooked.id, content)
    clock.advance(days=301)
    office.workspace.run_duties()
    assert office.workspace.gallery.references("g") == ()


def test_a_lost_file_does_not_escape_the_order_timer(office, clock):
    hooked = Hooked(office, (condition("order_timer", hours=24),))
    hooked.enroll()
    spoil(office, hooked.id, None)
    clock.advance(days=2)
    office.workspace.run_duties()
    assert hooked.id in office.workspace.registry.revoked
    assert hooked.id in office.workspace.registry.standing.wiped
    assert office.workspace.gallery.references("g") == ()


def test_duties_stop_where_the_log_has_lost_the_permit_too(office):
    hooked = Hooked(office, ())
    registry = office.workspace.registry
    spoil(office, hooked.id, None)
    registry.ledger.erase_private(LogName.DECISIONS, registry.issue_entries[hooked.id])
    with pytest.raises(LedgerDamagedError):
        office.workspace.run_duties()


@pytest.mark.parametrize("content", LOST)
def test_a_use_needs_the_file_and_the_error_names_it(office, content):
    permit = office.permit()
    spoil(office, permit, content)
    with pytest.raises(Exception, match=f"{permit}.json"):
        office.search(photograph("ana", note="1"), permit=permit)


@pytest.mark.parametrize("content", LOST)
def test_the_shelf_shows_a_damaged_permit_and_the_others(office, content):
    first, second = office.permit(), office.permit()
    spoil(office, first, content)
    shelf = office.workspace.shelf
    assert {first, second} <= shelf.issued().keys()
    assert shelf.damaged() == {first}


def test_the_lost_file_of_an_ended_permit_blocks_no_proposal(office, clock):
    permit = office.permit()
    clock.advance(days=2)
    spoil(office, permit, None)
    assert open_permits(office.workspace, clock()) == []
    assert office.permit(gallery="g2")


def test_an_entry_that_cannot_be_read_hides_no_revocation_behind_it(office, clock):
    workspace = office.workspace
    permit = office.permit()
    other = Registry(workspace.ledger)
    other.refresh()
    for kind, public in (
        ("permit_suspended", {"permit": permit}),  # no cause
        ("permit_revoked", {"permit": permit, "by": "x"}),
    ):
        workspace.ledger.append(LogName.DECISIONS, kind, public, now=clock())
    for _ in range(3):
        with pytest.raises(LedgerDamagedError):
            other.refresh()


def test_a_key_that_was_taken_back_acts_no_more(office, clock):
    registry = office.workspace.registry
    custodian, officer = (office.workspace.acting(name) for name in ("operator", "officer"))
    permit = office.permit()
    assert registry.current(officer.principal) == officer.principal
    registry.remove_principal("officer", reason="lost", by=custodian.principal, now=clock())
    with pytest.raises(RoleError):
        office.workspace.shelf.current(officer.principal)
    with pytest.raises(RoleError):
        revoke_permit(office.workspace, permit, reason="x", by=officer)
    with pytest.raises(PrincipalError):
        office.workspace.acting("officer")
    with pytest.raises(PermitForgedError):
        office.workspace.shelf.in_force(permit, now=clock())
    with pytest.raises(ConflictError, match="taken back"):
        registry.add_principal(officer.principal, by=None, now=clock())
    again = Registry(office.workspace.ledger)
    again.refresh()
    assert officer.principal.principal_id not in again.principals


def test_roles_are_those_of_the_log(office):
    reviewer = office.workspace.acting("reviewer-1").principal
    claimed = type(reviewer)(
        reviewer.principal_id, reviewer.name, frozenset(Role), reviewer.public_key
    )
    assert office.workspace.registry.current(claimed).roles == {Role.REVIEWER}


def test_only_the_custodian_takes_a_key_back_and_never_the_last_custodians(office, clock):
    registry = office.workspace.registry
    custodian, officer = (office.workspace.acting(n).principal for n in ("operator", "officer"))
    with pytest.raises(RoleError):
        registry.remove_principal("reviewer-1", reason="x", by=officer, now=clock())
    with pytest.raises(ConflictError, match="last custodian"):
        registry.remove_principal("operator", reason="x", by=custodian, now=clock())
    office.add("second", Role.CUSTODIAN)
    registry.remove_principal("operator", reason="x", by=custodian, now=clock())
    with pytest.raises(PrincipalError):
        registry.named("operator")


@pytest.mark.parametrize("part", ["bundle_digest", "evidence_digest", "model_id"])
def test_what_a_permit_began_ends_with_what_the_permit_rests_on(office, clock, part):
    permit, shelf = office.permit(), office.workspace.shelf
    shelf.in_force(permit, now=clock())
    shelf.checker = replace(shelf.checker, **{part: "0" * 64})
    with pytest.raises(RefusedError):
        shelf.in_force(permit, now=clock())


def test_what_is_stopped_is_not_renewed(office, clock):
    hooked = Hooked(office, ())
    clock.advance(days=290)
    require_renewable(office.workspace, hooked.permit, now=clock())
    suspend(office.workspace, hooked.id, reason="a doubt", by=office.workspace.acting("reviewer-1"))
    with pytest.raises(PermitSuspendedError):
        require_renewable(office.workspace, hooked.permit, now=clock())


def test_one_renewal_of_a_permit_is_enough(office, clock):
    """Else each renewal would have a daily limit and a stop button of its own."""
    hooked = Hooked(office, (), lasts=timedelta(days=30))
    require_renewable(office.workspace, hooked.permit, now=clock())
    renewal = Hooked(office, (), renews=hooked.id)
    with pytest.raises(RefusedError, match="renewed already"):
        require_renewable(office.workspace, hooked.permit, now=clock())
    officer = office.workspace.acting("officer")
    revoke_permit(office.workspace, renewal.id, reason="a mistake", by=officer)
    require_renewable(office.workspace, hooked.permit, now=clock())


def test_what_another_process_issued_is_found_to_be_revoked(office):
    workspace = office.workspace
    officer = workspace.acting("officer")
    with Workspace.open(workspace.settings, clock=workspace.clock) as other:
        issued = Hooked(SimpleNamespace(workspace=other), ())
        assert workspace.shelf.find(issued.id).permit_id == issued.id
        revoke_permit(workspace, issued.id, reason="over", by=officer)


def test_no_gallery_is_made_under_what_was_revoked(office):
    permit = office.permit()
    workspace = office.workspace
    names = workspace.shelf.find(permit).gallery_ids
    revoke_permit(workspace, permit, reason="over", by=workspace.acting("officer"))
    with pytest.raises(PermitRevokedError):
        make_gallery(workspace, min(names), permit_id=permit)


@pytest.mark.parametrize(
    "reason", ["", " ", "\u200b", "\x00", "\u2800", "\ufeff", "...", "\u202ewhy"]
)
def test_a_reason_that_says_nothing_is_none(office, reason):
    permit = office.permit()
    officer = office.workspace.acting("officer")
    for act in (suspend, revoke_permit):
        with pytest.raises(InputError):
            act(office.workspace, permit, reason=reason, by=officer)
    with pytest.raises(InputError):
        Asked(reason=reason.replace("\u202ewhy", "")).check_reason()


def test_a_wiped_renewal_leaves_nothing_that_came_in_under_it(office):
    first = Hooked(office, ())
    second = Hooked(office, (), renews=first.id)
    second.enroll()
    assert office.workspace.gallery.references("g")
    wiped = wipe_permit(office.workspace.ledger, office.workspace.gallery, second.id)
    assert wiped.references == 1
    assert office.workspace.gallery.references("g") == ()
