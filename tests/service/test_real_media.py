"""Redact and watch over HTTP with real faces and the real engine: what comes back can be seen."""

import hashlib
import json

import av
import httpx
import pytest

from command_line import run_here
from recognizance.ledger import LogName
from recognizance.service.issuing import KeyTerms, issue_key
from recognizance.types import Frame
from scenery import mini
from scenery.trials import GALLERY, trial_of
from served import keys_of, opening_of, serving
from service.test_service_jobs import until_over, upload

pytestmark = pytest.mark.faces

PICTURES = 12


@pytest.fixture(scope="module")
def trial(album, clips, tmp_path_factory):
    """A trial of a short composed street."""
    clip = mini.street(album).write(clips)
    with trial_of(clip, album, tmp_path_factory.mktemp("trial")) as made:
        yield made


@pytest.fixture(scope="module")
def client(trial):
    """A program with a key under the trial's permit, at a server with the real engine."""
    workspace, permit_id = trial.workspace, trial.permit.permit_id
    with keys_of(workspace) as keys:
        terms = KeyTerms(permit_id=permit_id, galleries=frozenset({GALLERY}))
        issued = issue_key(workspace, keys, terms, by=workspace.acting("operator").principal)
    headers = {"authorization": f"Bearer {issued.token}"}
    with (
        serving(opening_of(workspace, engine=None)) as address,
        httpx.Client(base_url=address, headers=headers, timeout=120) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def signer(faces, tmp_path_factory):
    """The first pictures of a shared clip, as a film of its own."""
    path = tmp_path_factory.mktemp("signer") / "part.mkv"
    with av.open(str(faces / "clips" / "sign-yes.mkv")) as film, av.open(str(path), "w") as out:
        source = film.streams.video[0]
        stream = out.add_stream("libx264", rate=source.average_rate)
        stream.width, stream.height = source.codec_context.width, source.codec_context.height
        stream.options = {"preset": "ultrafast", "crf": "16"}
        for _, frame in zip(range(PICTURES), film.decode(video=0), strict=False):
            plain = frame.reformat(format="yuv420p")
            plain.pts, plain.pict_type = None, 0
            out.mux(stream.encode(plain))
        out.mux(stream.encode())
    return path


def test_a_real_clip_is_redacted_and_what_comes_back_shows_nobody(
    client, trial, signer, tmp_path, album
):
    sent = upload(client, {}, signer.read_bytes(), "mkv")
    asked = {"upload": sent, "style": "solid", "audio": "mute"}
    begun = client.post("/v1/redactions", json=asked)
    assert begun.status_code == 202, begun.text
    last = until_over(client, {}, begun.json()["job_id"])[-1]
    assert last["state"] == "done", last["error"]
    assert last["result"]["clean"] is True
    assert last["result"]["hidden"] >= 1
    made = {each.rpartition("/")[2]: client.get(each).content for each in last["files"]}
    (tmp_path / "redacted.mkv").write_bytes(made["redacted.mkv"])
    with av.open(str(tmp_path / "redacted.mkv")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == PICTURES
    assert not any(album.engine.detect(Frame(each, "")) for each in frames[::3])
    record = json.loads(made["redacted.mkv.json"])
    assert record["input_sha256"] == hashlib.sha256(signer.read_bytes()).hexdigest()
    assert record["output_sha256"] == hashlib.sha256(made["redacted.mkv"]).hexdigest()
    index = int(record["entry"].rpartition("/")[2])
    assert record["receipt"] == trial.workspace.ledger.receipt(LogName.USES, index)


def test_the_command_line_redacts_at_a_server_and_leaves_nothing_there(
    client, trial, faces, tmp_path
):
    kept = trial.workspace.layout.spool
    before = {path for path in kept.rglob("*") if path.is_file()}
    portrait = faces / "congress" / "2015" / "A000055.jpg"
    output = tmp_path / "redacted.jpg"
    said = {
        "RECOGNIZANCE_SERVER": str(client.base_url),
        "RECOGNIZANCE_TOKEN": client.headers["authorization"].removeprefix("Bearer "),
    }
    ran = run_here("redact", portrait, output, "--json", folder=tmp_path, environment=said)
    assert ran.code == 0, ran.out + ran.err
    assert ran.json["clean"] is True
    assert hashlib.sha256(output.read_bytes()).hexdigest() == ran.json["output_sha256"]
    assert {path for path in kept.rglob("*") if path.is_file()} == before


def test_a_real_film_is_watched_and_its_leads_wait_for_review(client, trial):
    sent = upload(client, {}, trial.clip.path.read_bytes(), "mkv")
    asked = {"uploads": [sent], "gallery": GALLERY, "camera": "street"}
    begun = client.post("/v1/watches", json=asked)
    assert begun.status_code == 202, begun.text
    last = until_over(client, {}, begun.json()["job_id"])[-1]
    assert last["state"] == "done", last["error"]
    found = last["result"]
    assert len(found["leads"]) == len(trial.clip.scene.enrolled) == 2
    assert found["counts"]["leads"] == 2
    waiting = {each.lead_id for each in trial.workspace.gallery.leads("open")}
    assert set(found["leads"]) <= waiting
    assert not any(person in json.dumps(last) for person in trial.clip.scene.enrolled)
    kind = trial.workspace.ledger.entry(LogName.USES, int(found["entry"].rpartition("/")[2])).kind
    assert kind == "watch"
