"""`recognizance.client` and `--server` against a server on a real socket."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest
from typer.testing import CliRunner

from fakes import photograph
from loops import waited
from recognizance import client as clients
from recognizance.cli import app
from recognizance.client import AsyncClient, Client, calls, failing
from recognizance.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    PermitScopeError,
    RecognizanceError,
    ServerError,
    UnauthenticatedError,
)
from recognizance.ledger import LogName


@pytest.fixture
def token(door):
    return door[1]["authorization"].removeprefix("Bearer ")


def test_the_verbs_answer_with_values_and_fail_with_the_same_errors(address, office, door, token):
    permit, _ = door
    with Client(address, token=token) as client:
        made = client.enroll(photograph("ben", note="1"), gallery="g", subject="ben")
        assert (made.outcome, made.count, made.permit_id) == ("enrolled", 1, permit)
        held = client.search(photograph("ana", note="2"), gallery="g")
        assert held.lead_id in {each.lead_id for each in client.leads()}
        assert [each.subject_id for each in client.subjects()] == ["ana", "ben"]
        assert client.verify(photograph("ben", note="2"), gallery="g", subject="ben").entry
        with pytest.raises(PermitScopeError) as refused:
            client.search(photograph("ana", note="2"), gallery="other")
        assert (refused.value.rules, refused.value.entry) == (
            ("D4",),
            f"uses/{office.workspace.ledger.size(LogName.USES) - 1}",
        )
        with pytest.raises(NotFoundError):
            client.erase("nobody/../x", reason="asked")
        assert client.erase("ben", reason="asked").count == 1
    with Client(address, token="0" * 8) as nobody, pytest.raises(UnauthenticatedError):
        nobody.status()


def test_the_asynchronous_client_is_the_same(address, office, door, token):
    permit, _ = door
    for who in ("ben", "carla"):
        office.enroll(who, photograph(who, note="1"), permit=permit)

    async def ask():
        async with AsyncClient(address, token=token) as client:
            answers = await asyncio.gather(
                *(client.search(photograph("dan", note=note), gallery="g") for note in "123")
            )
            one_a_page = replace(
                calls.subjects(), first=replace(calls.subjects().first, params={"limit": 1})
            )
            names = [each.subject_id async for each in client.rows(one_a_page)]
            return {each.outcome for each in answers}, names

    assert waited(ask()) == ({"no_candidate"}, ["ana", "ben", "carla"])


def test_an_upload_becomes_a_job_with_progress(address, door, token, tmp_path):
    table = tmp_path / "scores.csv"
    table.write_text("no,table\n")

    async def play():
        async with AsyncClient(address, token=token) as client:
            upload = await client.upload(table)
            return upload.sha256

    with Client(address, token=token) as client:
        upload = client.upload(table)
        assert waited(play()) == upload.sha256
        job = client.audit(upload.upload_id, ["sex"])
        told = list(client.progress(job.job_id))
        assert (told[-1].state, told[-1].error["code"]) == ("failed", "input.invalid")
        client.end_job(job.job_id)
        assert list(client.jobs()) == []


def test_only_what_may_be_repeated_is_sent_again(monkeypatch):
    monkeypatch.setattr(clients.client, "_PAUSE_S", 0)
    sent = []

    def lost(request):
        sent.append((request.method, request.headers.get("idempotency-key")))
        raise httpx.ReadError("lost")

    client = Client("http://127.0.0.1:9")
    client._http = httpx.Client(base_url="http://127.0.0.1:9", transport=httpx.MockTransport(lost))
    for ask, times in (
        (client.status, 3),
        (lambda: client.search(b"x", gallery="g"), 3),
        (lambda: client.erase("ana", reason="r"), 1),
    ):
        sent.clear()
        with pytest.raises(ServerError):
            ask()
        assert len(sent) == times
        assert len(set(sent)) == 1, "a repeated request has the same key"


def test_every_code_is_a_class_and_what_is_no_answer_of_ours_says_so():
    def answer(**said):
        return httpx.Response(
            409, json={"message": "m", "hint": "h", "rules": ["D4"], "entry": None} | said
        )

    with pytest.raises(ConflictError) as known:
        failing.check(answer(code="item.conflict"))
    assert (known.value.message, known.value.hint) == ("m", "h")
    with pytest.raises(RecognizanceError):
        failing.check(answer(code="of.a.newer.server"))
    for other in (httpx.Response(502, text="<html>"), httpx.Response(404, json=[])):
        with pytest.raises(ServerError):
            failing.check(other)


def test_a_key_does_not_go_over_a_network_in_the_clear():
    with pytest.raises(InputError):
        Client("http://faces.example.org", token="0" * 8)


# ---- --server -----------------------------------------------------------------------------------


@pytest.fixture
def both(address, office, token, monkeypatch, tmp_path):
    """Runs a verb here and at the server."""
    settings = office.workspace.settings
    environment = {
        "RECOGNIZANCE_HOME": str(settings.home),
        "RECOGNIZANCE_KEY_FOLDER": str(settings.key_folder),
        "RECOGNIZANCE_TOKEN": token,
    }

    def run(*words, there=True):
        where = ["--server", address] if there else []
        done = CliRunner().invoke(app, [*where, *words, "--json"], env=environment)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return json.loads(done.stdout)

    return run


def test_lists_are_the_same_here_and_there(both, door, office, monkeypatch):
    from recognizance.workspace import Workspace  # noqa: PLC0415

    opening = Workspace.open
    clock = office.workspace.clock
    monkeypatch.setattr(
        Workspace,
        "open",
        lambda settings=None, **more: opening(settings, **more | {"clock": clock}),
    )
    for verb in (("subjects", "list"), ("permit", "list"), ("review", "list")):
        assert both(*verb) == both(*verb, there=False), verb


def test_uses_at_a_server_are_recorded_there(both, office, door, tmp_path):
    picture = tmp_path / "ana.jpg"
    picture.write_bytes(photograph("ana", note="2"))
    held = both("search", str(picture), "--gallery", "g")
    assert held["outcome"] == "held_for_review"
    office.workspace.ledger.entry(LogName.USES, int(held["entry"].partition("/")[2]))
    ben = tmp_path / "ben.jpg"
    ben.write_bytes(photograph("ben", note="1"))
    assert both("enroll", "--gallery", "g", "ben", str(ben))["outcome"] == "enrolled"
    assert both("verify", "ben", str(ben), "--gallery", "g")["operation"] == "verify"
    assert both("erase", "ben", "--reason", "asked")["outcome"] == "erased"
    assert both("status")["workspace_id"] == office.workspace.workspace_id


def test_a_verb_without_a_remote_form_does_nothing_here(both, door):
    with pytest.raises(InputError, match="a server was named"):
        both("gallery", "list")
