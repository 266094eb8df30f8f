"""`recognizance fleet`, as people run it."""

import json
from functools import partial

import pytest

from command_line import run_here
from recognizance.fleet.running import LOCK, TABLE
from recognizance.gate.scope import Scope
from recognizance.workspace import utc_now

FILE = """
[[camera]]
id = "{camera}"
source = "rtsp://127.0.0.1:1/stream"
site = "arena"
permit = "{permit}"
gallery = "g"
"""


@pytest.fixture
def clock():
    return utc_now


@pytest.fixture
def command(site, settings, tmp_path):
    return partial(
        run_here,
        "fleet",
        folder=tmp_path,
        environment={
            "RECOGNIZANCE_HOME": str(settings.home),
            "RECOGNIZANCE_KEY_FOLDER": str(settings.key_folder),
            "COLUMNS": "200",
        },
    )


def test_check_says_of_each_camera_whether_it_may_be_watched(site, command, tmp_path):
    permit = site.permit(scope=Scope(cameras=frozenset({"gate-1"})))
    path = tmp_path / "fleet.toml"
    path.write_text(FILE.format(camera="gate-1", permit=permit), encoding="utf-8")
    (verdict,) = json.loads(command("check", path, "--json").out)
    assert (verdict["camera"], verdict["allowed"]) == ("gate-1", True)
    path.write_text(FILE.format(camera="gate-2", permit=permit), encoding="utf-8")
    refused = command("check", path)
    assert refused.code == 4
    assert "The permit names another camera." in refused.out
    assert "gate.refused" in refused.err
    again = command("check", path, "--json")
    assert again.code == 4
    assert json.loads(again.out)[0]["error"]["code"] == "permit.scope"
    slip = command("run", tmp_path / "nowhere.toml", "--json")
    assert slip.code == 2
    assert json.loads(slip.out)["error"]["code"] == "fleet.invalid"


def test_status_needs_no_key_and_tells_a_table_that_is_none(settings, command, workspace):
    assert json.loads(command("status", "--json").out) == {"running": False, "cameras": []}
    (settings.home / TABLE).write_bytes(b"{}")
    (settings.home / LOCK).touch()
    damaged = command("status")
    assert damaged.code == 2
    assert "workspace.damaged" in damaged.err
