"""Which cameras a fleet may watch: signatures, counts across permits, scope; and the record."""

import pytest
from fleet_site import PRISON, fleet_of

from recognizance.errors import (
    IncompleteError,
    PermitMissingError,
    PermitRevokedError,
    PermitScopeError,
    RefusedError,
    SelfAttestedError,
)
from recognizance.fleet.admitting import admit, require_admitted
from recognizance.gate.scope import Scope
from recognizance.ledger import LogName
from recognizance.permits.issuing import revoke_permit
from recognizance.types import PermitClass


def errors(site, *cameras):
    return [each.error for each in admit(site.workspace, fleet_of(*cameras))]


def test_ten_cameras_at_one_public_site_may_be_watched(site):
    assert errors(site, *site.cameras(10, site.permit())) == [None] * 10


def test_an_eleventh_camera_at_a_public_site_stops_them_all(site):
    found = errors(site, *site.cameras(11, site.permit()))
    assert all(type(error) is RefusedError and "HR-19" in error.rules for error in found)
    with pytest.raises(RefusedError, match="11 of 11 cameras are refused") as caught:
        require_admitted(admit(site.workspace, fleet_of(*site.cameras(11, site.permits[0]))))
    assert "HR-19" in caught.value.rules


def test_one_permit_hung_at_two_public_sites_is_a_network(site):
    permit = site.permit()
    near, far = site.camera("near", permit), site.camera("far", permit, site="market")
    found = errors(site, near, far)
    assert all(type(error) is RefusedError and "HR-19" in error.rules for error in found)


def test_what_another_open_permit_may_watch_is_counted_beside_the_fleet(site):
    first = site.permit()
    assert errors(site, site.camera("a", first)) == [None]
    site.permit(gallery="h")  # it hangs nothing, and still could
    (error,) = errors(site, site.camera("a", first))
    assert {"HR-19", "D7"} <= set(error.rules)


def test_cameras_of_one_warrant_are_not_a_network(site):
    warrant = {
        "auth.kind": "warrant",
        "auth.objective": "threat to life",
        "auth.scope_persons": True,
        "auth.expires": "2026-12-20",
    }
    site.permit(**warrant)
    site.permit(gallery="h", **warrant)
    first, second = site.permits
    found = errors(
        site,
        site.camera("a", first),
        site.camera("b", second, site="market", gallery="h"),
    )
    assert not any(error and "HR-19" in error.rules for error in found)


def test_a_place_that_is_not_public_counts_no_network_but_what_it_was_decided_for(site):
    permit = site.permit(PRISON, **{"cam.count": 12})
    assert errors(site, *site.cameras(12, permit)) == [None] * 12
    found = errors(site, *site.cameras(13, permit))
    assert all(isinstance(error, PermitScopeError) for error in found)
    assert "decided for 12 cameras, and the fleet has 13" in found[0].message


def test_what_its_holder_signed_alone_runs_no_fleet(site):
    permit = site.permit(PRISON, permit_class=PermitClass.OPTED_IN)
    (error,) = errors(site, site.camera("a", permit))
    assert isinstance(error, SelfAttestedError)
    assert error.rules == ("GV-02",)


@pytest.mark.parametrize("outside", [{"site": "market"}, {"gallery": "other"}])
def test_a_place_or_gallery_outside_the_permit_is_refused(site, outside):
    permit = site.permit(scope=Scope(sites=frozenset({"arena"}), cameras=frozenset({"a"})))
    assert errors(site, site.camera("a", permit)) == [None]
    (error,) = errors(site, site.camera("a", permit, **outside))
    assert isinstance(error, PermitScopeError)


def test_a_camera_outside_the_permit_is_refused_and_the_others_are_told_apart(site):
    permit = site.permit(scope=Scope(cameras=frozenset({"a"})))
    allowed, refused = errors(site, site.camera("a", permit), site.camera("b", permit))
    assert allowed is None
    assert isinstance(refused, PermitScopeError)


def test_a_case_outside_the_permit_is_refused(site):
    permit = site.permit(scope=Scope(cases=frozenset({"2026-17"})))
    assert errors(site, site.camera("a", permit, case="2026-17")) == [None]
    (error,) = errors(site, site.camera("a", permit, case="2026-18"))
    assert isinstance(error, PermitScopeError)


def test_a_permit_that_is_missing_or_revoked_is_refused(site):
    permit = site.permit()
    workspace = site.workspace
    (missing,) = errors(site, site.camera("a", "nowhere"))
    assert isinstance(missing, PermitMissingError)
    revoke_permit(workspace, permit, reason="Ended.", by=workspace.acting("officer"))
    (revoked,) = errors(site, site.camera("a", permit))
    assert isinstance(revoked, PermitRevokedError)


def test_a_count_that_was_never_stated_is_not_taken_as_few(site):
    permit = site.permit(**{"cam.count": "unknown"})
    found = errors(site, *site.cameras(11, permit))
    assert all(isinstance(error, RefusedError | IncompleteError) for error in found)


def test_each_refusal_stands_in_the_ledger_with_its_rule(site):
    permit = site.permit()
    before = site.workspace.ledger.size(LogName.USES)
    found = errors(site, *site.cameras(11, permit))
    entries = tuple(site.workspace.ledger.entries(LogName.USES, start=before))
    assert {(entry.kind, entry.public["outcome"]) for entry in entries} == {("admit", "refused")}
    assert len(entries) == 11
    assert all("HR-19" in entry.public["rules"] for entry in entries)
    assert all(entry.public["permit"] == permit for entry in entries)
    assert [error.entry for error in found] == [f"uses/{entry.index}" for entry in entries]


def test_what_is_allowed_leaves_no_entry_of_its_own(site):
    before = site.workspace.ledger.size(LogName.USES)
    assert errors(site, site.camera("a", site.permit())) == [None]
    assert site.workspace.ledger.size(LogName.USES) == before


def test_a_password_that_is_not_there_is_said_before_anything_starts(site, monkeypatch):
    permit = site.permit()
    camera = site.camera("a", permit, user="viewer", password_env="GATE_A")  # noqa: S106  # a name
    (error,) = errors(site, camera)
    assert "the variable GATE_A" in error.message
    monkeypatch.setenv("GATE_A", "secret")
    assert errors(site, camera) == [None]
