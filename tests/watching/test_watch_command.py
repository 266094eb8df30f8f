"""The verb: what is refused before anything is opened, and what has to be said."""

import json
import signal
import subprocess
import sys

import pytest

from recognizance import cli
from recognizance.types import Operation

NOWHERE = "rtsp://127.0.0.1:9/nobody-is-here"


@pytest.fixture
def ran(settings, workspace, monkeypatch, capsys):
    """Runs the verb in the workspace; gives its exit code and what it printed."""
    monkeypatch.setenv("RECOGNIZANCE_HOME", str(settings.home))
    monkeypatch.setenv("RECOGNIZANCE_KEY_FOLDER", str(settings.key_folder))

    def run(*words: object):
        monkeypatch.setattr(sys, "argv", ["recognizance", "watch", *map(str, words), "--json"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, json.loads(capsys.readouterr().out)

    return run


def test_without_a_permit_no_camera_is_asked(ran, office, clock):
    code, said = ran("no-such-permit", NOWHERE, "--gallery", "g")
    assert (code, said["error"]["code"]) == (4, "permit.missing")
    assert office.last_use().public["operation"] == Operation.WATCH.value
    assert office.last_use().public["outcome"] == "refused"


@pytest.mark.parametrize(
    "words",
    [
        ("p", "no-such-file.mkv", "--gallery", "g"),
        ("p", NOWHERE, "--gallery", "g", "--camera", "k1", "--camera", "k2"),
        ("p", "gopher://127.0.0.1/", "--gallery", "g"),
    ],
)
def test_what_cannot_be_watched_is_said(ran, words):
    code, said = ran(*words)
    assert code == 2
    assert said["error"]["hint"]


@pytest.mark.parametrize(
    "more",
    [
        ("--webhook", "https://127.0.0.1/hook"),
        ("--sse", "0"),
        ("--mqtt", "mqtt://user:word@127.0.0.1"),
    ],
)
def test_a_receiver_without_its_secret_is_refused_before_the_watch(ran, office, more):
    permit = office.permit()
    code, said = ran(permit, NOWHERE, "--gallery", "g", *more)
    assert (code, said["error"]["code"]) == (2, "input.invalid")
    assert office.workspace.ledger.open_intents("uses") == ()


def test_a_secret_that_others_may_read_is_none(ran, office, tmp_path):
    path = tmp_path / "key"
    path.write_text("whsec_" + "c2VjcmV0" * 4)
    path.chmod(0o644)
    hook = ("--webhook", "https://127.0.0.1/hook", "--webhook-key", path)
    code, said = ran(office.permit(), NOWHERE, "--gallery", "g", *hook)
    assert code == 2
    assert "chmod 600" in said["error"]["hint"]


TWICE = """
import signal
from recognizance.cli.watch import _until_told
with _until_told(as_json=True) as screen:
    signal.raise_signal(signal.{name})
    print("stops" if screen.stop.is_set() else "goes on", flush=True)
    signal.raise_signal(signal.{name})
    print("still there", flush=True)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_second_signal_ends_it_at_once(name):
    script = TWICE.format(name=name)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert ended.stdout == b"stops\n"
    assert ended.returncode == -getattr(signal, name)
