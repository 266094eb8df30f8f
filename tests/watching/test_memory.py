"""Nobody who only passed by is in the memory of the process, or in a file it wrote."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from passing import enroll

from memory import Windows, files_under, memory_of
from office import Office
from recognizance import compare
from recognizance.video.sight import Sight
from recognizance.video.sources import open_source
from recognizance.workspace import Workspace
from watched import LEADS, RECORDED, Watched, condition

pytestmark = pytest.mark.faces


class Passers:
    """What the recogniser makes of everybody who passes, as the watch will see them."""

    def __init__(self, engine) -> None:
        self.engine = engine
        self.made: dict[int, list] = {}

    def seen(self, seen) -> bool:
        return True

    def shot(self, shot) -> None:
        crop = self.engine.align(shot.frame, shot.detection)
        (raw,) = self.engine._recogniser.run([crop], 112, 112)
        (features,) = self.engine.extract([crop])
        self.made.setdefault(shot.track_id, []).append((features, raw[0]))


def idle(process: psutil.Process) -> None:
    """Wait until a process has nothing left to do."""
    busy_s = -1.0
    while (now_s := sum(process.cpu_times()[:2])) > busy_s + 0.05:
        busy_s = now_s
        time.sleep(1)


def test_no_passer_by_is_left_in_memory_or_in_a_file(settings, engine, street, tmp_path):
    if not Path("/proc/self/mem").exists():
        pytest.skip("this machine shows no process's memory")
    wipes = condition("wipe_nonmatch", "PR-11", seconds=1)
    with Workspace.create(settings) as workspace:
        workspace.__dict__["engine"] = engine
        watched = Watched(Office(workspace), (LEADS, wipes), stated=RECORDED)
        enroll(watched, street.scene.enrolled)
        references = workspace.gallery.references("g")
        threshold = workspace.threshold(watched.permit).score
    passers = Passers(engine)
    Sight(engine, passers).watch(open_source(str(street.path)))
    strangers = {}
    for track, made in passers.made.items():
        best = max(compare.score(f, r.features) for f, _ in made for r in references)
        if best < threshold:
            strangers[str(track)] = [each for f, raw in made for each in (f.vector, raw)]
    assert len(strangers) >= 2
    listed = {each.subject_id: [each.features.vector] for each in references}

    environment = os.environ | {
        "RECOGNIZANCE_HOME": str(settings.home),
        "RECOGNIZANCE_KEY_FOLDER": str(settings.key_folder),
    }
    out = tmp_path / "out"
    out.mkdir()
    words = ["watch", watched.id, "-", "--gallery", "g", "--json"]
    words += ["--events", str(out / "news.jsonl"), "--sample", "photograph"]
    with (out / "said.json").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "recognizance", *words],
            stdin=subprocess.PIPE,
            stdout=said,
            env=environment,
        )
    try:
        process.stdin.write(street.path.read_bytes())
        process.stdin.flush()  # and the pipe stays open: more could come
        idle(psutil.Process(process.pid))
        assert (out / "news.jsonl").read_text().count('"event_type":"lead"') >= 1
        looked_for = Windows(strangers | listed)
        found = {who for part in memory_of(process.pid) for who in looked_for.found_in(part)}
    finally:
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        process.wait(60)
    assert process.returncode == 0
    assert not found & strangers.keys()
    assert found & listed.keys()  # who is enrolled is there, so the search can find somebody
    for data in files_under(settings.home, out):
        assert not Windows(strangers).found_in(data)
