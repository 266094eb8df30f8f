"""The resources under /v1, as clients see them."""

import json

import pytest

from fakes import photograph
from recognizance.gate.templates import template
from recognizance.ledger import LogName
from recognizance.review import LEAST_VIEWING
from recognizance.types import Role
from recognizance.uses import sample_digest


def picture(*people, **more):
    return {"photograph": ("../../etc/passwd", photograph(*people, **more))}


def test_a_key_asks_under_its_permit_in_its_galleries_and_nowhere_else(client, office, door):
    permit, key = door
    office.permit(gallery="other")
    found = client.post(
        "/v1/search", headers=key, data={"gallery": "g"}, files=picture("ana", note="2")
    )
    assert (found.status_code, found.json()["permit_id"]) == (200, permit)
    codes = [
        client.post("/v1/search", headers=key, data=data, files=picture("ana", note="2")).json()[
            "code"
        ]
        for data in ({"gallery": "other"}, {"gallery": "none"}, {"gallery": "g", "permit": "0"})
    ]
    assert codes == ["permit.scope"] * 3
    assert office.last_use().public["outcome"] == "refused"


def test_a_person_is_enrolled_on_a_release_listed_and_erased(client, office, door):
    _, key = door
    files = [("photographs", photograph("ben", note="1"))]
    refused = client.post(
        "/v1/subjects", headers=key, data={"gallery": "g", "subject": "carla"}, files=files
    )
    assert (refused.status_code, refused.json()["rules"]) == (403, ["HR-09"])
    made = client.post(
        "/v1/subjects", headers=key, data={"gallery": "g", "subject": "ben"}, files=files
    )
    assert (made.status_code, made.json()["outcome"]) == (200, "enrolled")
    listed = client.get("/v1/subjects", headers=key).json()["items"]
    assert {row["subject_id"]: row["ground"] for row in listed} == {
        "ana": "release-1",
        "ben": "release-2",
    }
    gone = client.delete("/v1/subjects/ben", headers=key, params={"reason": "asked for it"})
    assert (gone.status_code, gone.json()["count"]) == (200, 1)
    assert office.workspace.gallery.subjects("g") == ("ana",)


def test_whoever_a_key_may_not_see_is_answered_as_nobody(client, office, door):
    permit = office.permit(gallery="other")
    office.enroll("dan", photograph("dan", note="1"), permit=permit, gallery_id="other")
    _, key = door
    answers = [
        client.delete(f"/v1/subjects/{who}", headers=key, params={"reason": "r"})
        for who in ("dan", "nobody")
    ]
    said = [{**each.json(), "entry": None} for each in answers]
    assert answers[0].status_code == 404
    assert said[0] == said[1]
    assert office.workspace.gallery.subjects("other") == ("dan",)
    uses = [
        office.workspace.ledger.entry(LogName.USES, office.workspace.ledger.size(LogName.USES) - n)
        for n in (1, 2)
    ]
    assert uses[0].public.keys() == uses[1].public.keys()


def test_two_sessions_make_a_permit(client, office, log_in):
    asked = {
        "submission": template("trial"),
        "galleries": ["g"],
        "samples": [sample_digest(photograph("ana"))],
    }
    assert (
        client.post(
            "/v1/checks", headers=log_in("operator"), json={"submission": template("trial")}
        ).status_code
        == 200
    )
    made = client.post("/v1/submissions", headers=log_in("operator"), json=asked)
    assert (made.status_code, made.json()["state"]) == (200, "waiting"), made.text
    permit_id = made.json()["permit_id"]
    officer = log_in("officer")
    waiting = client.get("/v1/proposals", headers=officer).json()["items"]
    assert [(row["permit_id"], row["needed"]) for row in waiting] == [(permit_id, 1)]
    assert (
        client.post(f"/v1/proposals/{permit_id}/signatures", headers=log_in("operator")).status_code
        == 403
    )
    signed = client.post(f"/v1/proposals/{permit_id}/signatures", headers=officer)
    assert (signed.status_code, signed.json()["needed"]) == (200, 0)
    shown = client.get(f"/v1/permits/{permit_id}", headers=officer).json()
    assert shown["state"] == "in force"
    assert client.get("/v1/register").json()["items"][0]["permit_id"] == permit_id
    assert client.get(f"/v1/register/{permit_id}").json()["kind"] == "register"
    assert permit_id in client.get(f"/v1/register/{permit_id}/page").text


def test_a_permit_is_stopped_let_go_on_and_revoked(client, office, door, log_in):
    permit, key = door
    officer, why = log_in("officer"), {"reason": "a test"}
    steps = ["suspend", "resume", "revoke"]
    states = [
        client.post(f"/v1/permits/{permit}/{step}", headers=officer, json=why).json()["state"]
        for step in steps
    ]
    assert states == ["stopped", "resumed", "revoked"]
    assert client.post(f"/v1/permits/{permit}/suspend", headers=key, json=why).status_code == 403
    refused = client.post(
        "/v1/search", headers=key, data={"gallery": "g"}, files=picture("ana", note="2")
    )
    assert refused.json()["code"] == "permit.revoked"


def test_people_decide_on_a_lead(client, office, door, log_in):
    _, key = door
    held = client.post(
        "/v1/search", headers=key, data={"gallery": "g"}, files=picture("ana", note="2")
    ).json()
    lead = held["lead_id"]
    assert client.get("/v1/leads", headers=key).json()["items"][0]["lead_id"] == lead
    assert client.get(f"/v1/leads/{lead}", headers=key).status_code == 403
    reviewers = [log_in("reviewer-1"), log_in("reviewer-2")]
    view = client.get(f"/v1/leads/{lead}", headers=reviewers[0]).json()
    assert "subject" not in json.dumps(view)
    for address in view["pictures"]:
        shown = client.get(address, headers=reviewers[0])
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    client.get(f"/v1/leads/{lead}", headers=reviewers[1])
    verdict = {"choice": "same_person", "reason": "ears", "candidate": 1}
    hasty = client.post(f"/v1/leads/{lead}/verdicts", headers=reviewers[0], json=verdict)
    assert hasty.status_code == 403, hasty.text
    office.workspace.clock.advance(seconds=LEAST_VIEWING.total_seconds())
    answers = [
        client.post(f"/v1/leads/{lead}/verdicts", headers=each, json=verdict).json()
        for each in reviewers[: view["reviews_needed"]]
    ]
    assert (answers[-1]["outcome"], answers[-1]["subjects"]) == ("confirmed", ["ana"])
    contested = client.post(
        f"/v1/leads/{lead}/contest", headers=key, json={"reason": "it is not me"}
    )
    assert contested.json()["outcome"] == "contested"


def test_the_same_request_under_one_key_is_done_once(client, office, door):
    _, key = door
    once = key | {"idempotency-key": "try-1"}
    data, files = {"gallery": "g", "subject": "ben"}, [("photographs", photograph("ben", note="1"))]
    first, again = (
        client.post("/v1/subjects", headers=once, data=data, files=files) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post("/v1/subjects", headers=once, data=data | {"subject": "carla"}, files=files)
    assert (other.status_code, other.json()["code"]) == (409, "item.conflict")
    stored = office.workspace.layout.service.read_bytes()
    assert b"ben" not in stored
    client.delete("/v1/subjects/ben", headers=key, params={"reason": "asked"})
    gone = client.post("/v1/subjects", headers=once, data=data, files=files)
    assert gone.status_code == 409


def test_pages_hold_each_row_once_while_rows_come(client, office, door, log_in):
    permit, key = door
    for who in ("ben", "carla", "dan"):
        office.enroll(who, photograph(who, note="1"), permit=permit)
    seen, cursor = [], {}
    while True:
        page = client.get("/v1/subjects", headers=key, params={"limit": 1, **cursor}).json()
        seen += [row["subject_id"] for row in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ["ana", "ben", "carla", "dan"]
    for wrong in ("x", "WzFd", "W10", "eyJhIjoxfQ"):
        bad = client.get(
            "/v1/ledger/uses/entries", headers=log_in("operator"), params={"cursor": wrong}
        )
        assert bad.status_code in {200, 400}
        assert client.get("/v1/subjects", headers=key, params={"cursor": wrong}).status_code in {
            200,
            400,
        }


def test_the_ledger_is_read_and_proven(client, office, door, log_in):
    permit, _ = door
    rows = client.get(
        "/v1/ledger/uses/entries", headers=log_in("operator"), params={"permit": permit}
    ).json()
    assert rows["items"]
    size = office.workspace.ledger.size(LogName.DECISIONS)
    assert f"\n{size}\n" in client.get("/v1/ledger/decisions/checkpoint").text
    proof = client.get("/v1/ledger/decisions/consistency", params={"old": 1, "new": size})
    assert proof.json()["hashes"]
    receipt = client.get("/v1/ledger/uses/entries/0/receipt", headers=log_in("officer"))
    assert receipt.json()["entry"] == "uses/0"
    assert client.get("/v1/ledger/uses/entries", headers=log_in("reviewer-1")).status_code == 403


def test_a_key_is_told_nothing_of_how_many_people_there_are(client, door, log_in):
    _, key = door
    assert "subjects" not in client.get("/v1/status", headers=key).json()
    told = client.get("/v1/status", headers=log_in("officer")).json()
    assert told["subjects"] == 1
    assert "home" not in told


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/redactions", {"upload": "0" * 32, "style": "solid", "more": 1}),
        ("POST", "/v1/redactions", {"upload": "../../etc"}),
        ("POST", "/v1/submissions", {"submission": "x"}),
        ("POST", "/v1/submissions", {"submission": 5}),
        ("POST", "/v1/galleries", []),
    ],
)
def test_what_has_another_shape_is_refused_as_a_problem(client, log_in, method, path, body):
    answer = client.request(method, path, headers=log_in("operator"), json=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_role_that_is_taken_back_counts_at_once(client, office, door, log_in):
    office.add("second", Role.OPERATOR)
    headers = log_in("second")
    assert client.get("/v1/subjects", headers=headers).status_code == 200
    workspace = office.workspace
    workspace.registry.remove_principal(
        "second",
        by=workspace.acting("operator").principal,
        reason="left",
        now=workspace.clock(),
    )
    assert client.get("/v1/subjects", headers=headers).status_code == 401
