import pytest
from comprefaced import RELEASES, Client, opted_in, refused

from fakes import photograph
from hooked import Hooked, condition
from recognizance.ledger import LogName
from recognizance.review import Choice

ANA, ANA_AGAIN = photograph("ana", note="1"), photograph("ana", note="2")
BEN = photograph("ben", note="1")
BOTH = photograph("ana", "ben")


@pytest.fixture
def client(office, address, issue):
    """A key under a trial permit, where every candidate waits for people."""
    key = issue(office.permit(), grounds=RELEASES, provenance="own_enrollment")
    return Client(address, key.token)


def decide(office, lead_id: str, choice: Choice) -> None:
    for name in ("reviewer-1", "reviewer-2", "reviewer-3"):
        lead = office.workspace.gallery.lead(lead_id)
        if lead.state != "open":
            return
        reviewer = office.workspace.acting(name).principal
        candidate = 1 if choice is Choice.SAME_PERSON else None
        office.look(reviewer, lead_id)
        office.workspace.desk.decide(
            reviewer, lead_id, choice, reason="I looked.", candidate=candidate
        )


def waiting(office) -> list[str]:
    return [each.lead_id for each in office.workspace.gallery.leads("open")]


@pytest.mark.parametrize("choice", [Choice.SAME_PERSON, Choice.DIFFERENT_PERSON])
def test_a_candidate_is_an_error_until_people_have_decided(office, client, choice):
    client.add("ana", ANA)
    message = refused(client.recognize(ANA_AGAIN), 409, 1002)
    (lead_id,) = waiting(office)
    assert f"/review/{lead_id}" in message
    assert refused(client.recognize(ANA_AGAIN), 409, 1002).startswith("A candidate was found")
    assert waiting(office) == [lead_id]
    decide(office, lead_id, choice)
    status, answer = client.recognize(ANA_AGAIN)
    assert status == 200
    named = [each["subject"] for each in answer["result"][0]["subjects"]]
    assert named == (["ana"] if choice is Choice.SAME_PERSON else [])


def test_a_claim_waits_as_a_candidate_does(office, address, issue):
    permit = Hooked(office, (condition("reviewers", n=1),)).id
    key = issue(permit, grounds=RELEASES, provenance="own_enrollment")
    client = Client(address, key.token)
    image_id = client.add("ana", ANA)[1]["image_id"]
    path = f"/recognition/faces/{image_id}/verify"
    refused(client.photo(path, ANA_AGAIN), 409, 1002)
    decide(office, *waiting(office), Choice.SAME_PERSON)
    (only,) = client.photo(path, ANA_AGAIN)[1]["result"]
    assert only["subject"] == "ana"
    assert only["similarity"] > 0.9
    assert client.photo(path, BEN)[1]["result"][0]["similarity"] == 0.0


def test_every_lead_of_a_photograph_is_named(office, client):
    client.add("ana", ANA)
    client.add("ben", BEN)
    message = refused(client.recognize(BOTH), 409, 1002)
    leads = waiting(office)
    assert len(leads) == 2
    assert all(f"/review/{each}" in message for each in leads)
    decide(office, leads[0], Choice.SAME_PERSON)
    message = refused(client.recognize(BOTH), 409, 1002)
    assert leads[0] not in message
    assert leads[1] in message
    decide(office, leads[1], Choice.SAME_PERSON)
    named = [each["subjects"][0]["subject"] for each in client.recognize(BOTH)[1]["result"]]
    assert sorted(named) == ["ana", "ben"]


def test_two_photographs_are_compared_under_a_trial_permit(client):
    _status, answer = client.two(ANA, BOTH, "&limit=0&status=true&face_plugins=landmarks")
    (result,) = answer["result"]
    same, other = result["face_matches"]
    assert same["similarity"] > 0.9
    assert other["similarity"] == 0.0
    assert set(same) == {"box", "landmarks", "execution_time", "similarity"}
    assert set(result["source_image_face"]) == {"box", "landmarks", "execution_time"}
    assert "calculator" in result["plugins_versions"]
    refused(client.two(BOTH, ANA), 400, 31)
    refused(client.two(photograph(), ANA), 400, 28)
    refused(client.two(ANA, photograph()), 400, 28)
    assert len(client.two(ANA, BOTH, "limit=1")[1]["result"][0]["face_matches"]) == 1


def test_without_a_permit_in_force_everything_is_refused_with_rules(office, client, clock):
    image_id = client.add("ana", ANA)[1]["image_id"]
    (permit_id,) = office.workspace.registry.issued
    workspace = office.workspace
    permit = workspace.shelf.find(permit_id)
    workspace.shelf.suspend(permit, cause="false_alerts", now=clock())
    entries = workspace.ledger.size(LogName.USES)
    for answer in (
        client.recognize(ANA_AGAIN),
        client.add("ben", BEN),
        client.two(ANA, ANA_AGAIN),
    ):
        message = refused(answer, 403, 1001)
        assert "Rules:" in message
        assert "Ledger: uses/" in message
    refused(client.photo(f"/recognition/faces/{image_id}/verify", ANA_AGAIN), 403, 1001)
    refused(client("GET", "/recognition/subjects"), 403, 1001)
    refused(client("GET", "/recognition/faces"), 403, 1001)
    assert workspace.ledger.size(LogName.USES) > entries
    assert client.photo("/detection/detect", ANA)[0] == 200  # tells nobody apart


def test_whoever_was_enrolled_can_be_taken_out_when_the_permit_is_stopped(office, client, clock):
    client.add("ana", ANA)
    workspace = office.workspace
    (permit_id,) = workspace.registry.issued
    workspace.shelf.suspend(workspace.shelf.find(permit_id), cause="false_alerts", now=clock())
    assert client("DELETE", "/recognition/subjects/ana") == (200, {"subject": "ana"})
    assert workspace.gallery.subjects("g") == ()


def test_a_key_that_may_not_enroll_enrolls_nobody(office, address, issue):
    client = Client(address, issue(opted_in(office)).token)
    refused(client.add("ana", ANA), 403, 1001)


def test_each_face_is_a_use_of_its_own(office, address, issue):
    key = issue(opted_in(office), grounds=RELEASES, provenance="own_enrollment")
    client = Client(address, key.token)
    ledger = office.workspace.ledger
    before = ledger.size(LogName.USES)
    client.recognize(BOTH)
    recorded = [ledger.entry(LogName.USES, n) for n in range(before, ledger.size(LogName.USES))]
    assert [each.public["operation"] for each in recorded] == ["detect", "search", "search"]


def test_a_gallery_of_another_permit_is_neither_listed_nor_emptied(office, address, issue, client):
    """A permit may name a gallery; who is in it was enrolled under the permit that set it up."""
    image_id = client.add("ana", ANA)[1]["image_id"]
    other = Client(address, issue(opted_in(office), grounds=RELEASES).token)
    for method, path in (
        ("GET", "/recognition/subjects"),
        ("GET", "/recognition/faces"),
        ("DELETE", "/recognition/subjects"),
        ("DELETE", "/recognition/subjects/ana"),
        ("DELETE", "/recognition/faces"),
        ("DELETE", f"/recognition/faces/{image_id}"),
    ):
        message = refused(other(method, path), 403, 1001)
        assert "another permit" in message
    refused(other("POST", "/recognition/faces/delete", json=[image_id]), 403, 1001)
    refused(other.recognize(ANA_AGAIN), 403, 1001)
    assert client("GET", "/recognition/subjects") == (200, {"subjects": ["ana"]})
