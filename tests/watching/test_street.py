"""A composed street through the desk: the people of the watchlist become leads, nobody else."""

import subprocess
import sys
from pathlib import Path

import pytest

from scenery import mini
from scenery.trials import trial_of

SOAK = Path(__file__).resolve().parents[2] / "tools" / "soak.py"


@pytest.mark.faces
def test_who_is_on_the_watchlist_becomes_a_lead_and_nobody_else(album, clips, tmp_path):
    clip = mini.street(album).write(clips)
    with trial_of(clip, album, tmp_path) as trial:
        watched = trial.watch()
    assert {lead.subject_id for lead in watched.leads} == clip.scene.enrolled.keys()
    for lead in watched.leads:
        assert lead.subject_id in {face.person_id for face in clip.truth[lead.index].faces}
    assert watched.counts.leads == len(watched.leads) == 2


@pytest.mark.faces
def test_a_watch_holds_no_more_after_thousands_of_pictures(faces):
    """The short form of `make soak`, in a process of its own so that only it is measured."""
    done = subprocess.run(
        [sys.executable, SOAK, "--pictures", "3000", "--small", "--faces", faces],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
