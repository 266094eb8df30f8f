"""A redaction as a job: one file or a folder, cut off at any moment, and never half of a file."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from films import SIDE, Finder, make_film, picture_of, read_film, shown, squares, walking
from PIL import ExifTags, Image

from recognizance.cli import main
from recognizance.errors import ConflictError, InputError, StoreFullError
from recognizance.ledger import LogName
from recognizance.redacting import Asked, Choices, Job, listed, read_choices, redact_file
from recognizance.redacting.placing import place_of
from recognizance.settings import Settings
from recognizance.types import Box
from recognizance.video import Style
from recognizance.workspace import Workspace, load_engine

HERE = Path(__file__).resolve().parent
TWO = [Box(20, 60, SIDE, SIDE), Box(220, 60, SIDE, SIDE)]


def redact(source, output, asked=None, **how):
    how = {"engine": Finder(), "workspace": None} | how
    return redact_file(source, output, asked or Asked(), **how)


def photograph(path: Path, boxes=TWO) -> Path:
    Image.fromarray(picture_of(boxes)).save(path)
    return path


@pytest.fixture
def film(tmp_path):
    return make_film(tmp_path / "in.mkv", faces=lambda _i: TWO)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The command with a finder of squares for an engine: exit status, and what it printed."""
    monkeypatch.setenv("RECOGNIZANCE_HOME", str(tmp_path / "no workspace"))
    monkeypatch.setattr("recognizance.workspace.load_engine", lambda _settings: Finder())

    def go(*words):
        monkeypatch.setattr("sys.argv", ["recognizance", "redact", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    return go


class TestOneFile:
    def test_the_record_says_what_was_done(self, film, tmp_path):
        done = redact(film, tmp_path / "out.mkv", Asked(keep=(2,), reason="release 7"))
        record = json.loads((tmp_path / "out.mkv.json").read_text())
        assert record == done.record
        assert record["clean"]
        assert record["kept_because"] == "release 7"
        assert [track["kept"] for track in record["tracks"]] == [False, True]
        assert record["model"] == "a finder of squares"
        assert record["pictures"] == 25
        for name, path in (("input", film), ("output", tmp_path / "out.mkv")):
            digest = subprocess.run(["sha256sum", path], capture_output=True, check=True).stdout
            assert record[f"{name}_sha256"] == digest.split()[0].decode()
        assert (tmp_path / "out.mkv").stat().st_mode & 0o077 == 0

    def test_it_is_in_the_ledger_before_the_file_has_its_name(
        self, film, tmp_path, settings, monkeypatch
    ):
        Workspace.create(settings).close()
        with Workspace.open(settings) as workspace:
            done = redact(film, tmp_path / "out.mkv", workspace=workspace)
            entry = workspace.ledger.entry(LogName.USES, 0)
            assert done.record["entry"] == "uses/0"
            assert set(entry.public) == {"operation", "outcome", "faces", "kept"}
            assert entry.public["outcome"] == "clean"
            monkeypatch.setattr(workspace.ledger, "append", _fail)
            with pytest.raises(ConflictError):
                redact(film, tmp_path / "other.mkv", workspace=workspace)
        assert not list(tmp_path.glob("*other*"))

    def test_what_is_there_is_left_alone(self, film, tmp_path):
        (tmp_path / "out.mkv").write_bytes(b"mine")
        with pytest.raises(InputError, match="there already"):
            redact(film, tmp_path / "out.mkv")
        with pytest.raises(InputError, match="there already"):
            redact(film, film)
        assert (tmp_path / "out.mkv").read_bytes() == b"mine"

    def test_what_comes_in_between_is_left_alone(self, tmp_path):
        with place_of(tmp_path / "out.mkv") as place:
            place.draft.write_bytes(b"made")
            (tmp_path / "out.mkv").write_bytes(b"mine")
            with pytest.raises(InputError, match="there already"):
                place.release(b"{}")
        assert [each.name for each in tmp_path.iterdir()] == ["out.mkv"]

    def test_two_at_once_do_not_meet(self, tmp_path):
        with (
            place_of(tmp_path / "out.mkv"),
            pytest.raises(ConflictError),
            place_of(tmp_path / "out.mkv"),
        ):
            pass

    def test_a_film_that_still_grows_is_not_redacted(self, film, tmp_path):
        class Growing(Finder):
            def glance(self, pixels, *, min_score=0.5):
                with film.open("ab") as file:
                    file.write(b"more")
                return super().glance(pixels)

        with pytest.raises(InputError, match="changed while"):
            redact(film, tmp_path / "out.mkv", engine=Growing())
        assert not (tmp_path / "out.mkv").exists()


def _fail(*_args, **_more):
    raise ConflictError("The ledger is not to be written to.")


class TestThumbnails:
    """What is embedded in a photograph may show what was hidden."""

    def test_the_thumbnail_in_exif_and_xmp_are_gone(self, tmp_path):
        little = tmp_path / "little.jpg"
        photograph(little)
        thumbnail = little.read_bytes()
        exif = b"Exif\0\0II*\0\x08\0\0\0\0\0" + (14).to_bytes(4, "little")
        rows = [(0x0103, 3, 1, 6), (0x0201, 4, 1, 56), (0x0202, 4, 1, len(thumbnail))]
        exif += len(rows).to_bytes(2, "little")
        for tag, kind, count, value in rows:
            exif += tag.to_bytes(2, "little") + kind.to_bytes(2, "little")
            exif += count.to_bytes(4, "little") + value.to_bytes(4, "little")
        exif += bytes(4)
        assert len(exif) == 6 + 56
        xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>a thumbnail</x:xmpmeta>"
        path = tmp_path / "in.jpg"
        Image.fromarray(picture_of(TWO)).save(path, exif=exif + thumbnail, xmp=xmp)
        assert thumbnail in path.read_bytes()
        with Image.open(path) as opened:
            assert opened.getexif().get_ifd(ExifTags.IFD.IFD1)[0x0202] == len(thumbnail)

        real = load_engine(Settings(cache=tmp_path / "models"))
        finder = Finder()
        finder.original, finder.encode = real.original, real.encode
        redact(path, tmp_path / "out.jpg", engine=finder)
        data = (tmp_path / "out.jpg").read_bytes()
        assert data.count(b"\xff\xd8\xff") == 1
        assert b"Exif" not in data
        assert b"xmp" not in data.lower()
        with Image.open(tmp_path / "out.jpg") as opened:
            assert not shown(np.asarray(opened.convert("RGB")))


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        made = tmp_path / "in"
        (made / "deeper").mkdir(parents=True)
        make_film(made / "a.mkv", pictures=8)
        (made / "b.mp4").write_bytes(b"this is no film")
        make_film(made / "deeper" / "c.mp4", pictures=8)
        photograph(made / "d.png")
        (made / "notes.txt").write_text("not a picture")
        return made

    def test_one_bad_file_does_not_stop_the_rest(self, folder, tmp_path, run):
        code, said = run(folder, tmp_path / "out", "--json")
        results = {
            each["path"]: each["outcome"]
            for each in json.loads(said[: said.rindex('{\n  "error"')])["files"]
        }
        assert results == {
            "a.mkv": "clean",
            "b.mp4": "failed",
            "deeper/c.mp4": "clean",
            "d.png": "clean",
            "notes.txt": "left_alone",
        }
        assert code == InputError.exit_code
        assert not any(map(shown, read_film(tmp_path / "out" / "deeper" / "c.mp4")[1]))

    def test_it_goes_on_where_it_was_cut(self, folder, tmp_path):
        output = tmp_path / "out"
        started = Job(folder, output, Asked(), Finder(), None).run()
        assert next(started).path == "a.mkv"
        started.close()
        (output / ".d.png.part").write_bytes(b"half")  # what a killed run leaves
        finder = Finder()
        told = []
        again = list(Job(folder, output, Asked(), finder, None).run(told.append))
        assert [each.before for each in again] == [True, False, False, False, False]
        assert told == sorted(told)
        assert told[-1] == 1
        third = list(Job(folder, output, Asked(), finder, None).run())
        assert sum(each.before for each in third) == 3
        assert not list(output.rglob("*.part"))

    def test_other_settings_or_a_changed_output_are_not_taken_for_done(self, folder, tmp_path):
        output = tmp_path / "out"
        list(Job(folder, output, Asked(), Finder(), None).run())
        with (output / "a.mkv").open("ab") as file:
            file.write(b"!")
        results = list(Job(folder, output, Asked(style=Style.BLUR), Finder(), None).run())
        assert {each.outcome for each in results} == {"failed", "left_alone"}

    def test_a_name_that_leaves_no_room_for_a_draft_fails_alone(self, folder, tmp_path):
        (folder / "a.mkv").rename(folder / ("b" * 251 + ".mkv"))
        results = list(Job(folder, tmp_path / "out", Asked(), Finder(), None).run())
        said = {each.path[0]: each.outcome for each in results}
        assert said["b"] == "failed"
        assert len(results) == 5
        assert not list((tmp_path / "out").rglob("bbb*"))

    def test_whom_to_keep_is_said_for_one_film(self, folder, tmp_path):
        asked = Asked(keep=(1,), reason="a release")
        with pytest.raises(InputError, match="one photograph or film at a time"):
            list(Job(folder, tmp_path / "out", asked, Finder(), None).run())


def test_a_file_of_somebody_is_not_taken_for_the_record_of_an_output(tmp_path):
    own = tmp_path / "out.mkv.json"
    own.write_text('{"mine": 1}')
    with pytest.raises(InputError, match="left alone"), place_of(tmp_path / "out.mkv"):
        pass
    assert own.read_text() == '{"mine": 1}'


class TestReview:
    def test_the_page_loads_nothing_and_its_choices_are_read(self, film, tmp_path, run):
        code, said = run(film, "--review", tmp_path / "review", "--json")
        assert code == 0, said
        path = Path(json.loads(said)["page"])
        page = path.read_text()
        assert path.stat().st_mode & 0o077 == 0
        assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)""", page)
        assert "://" not in page
        assert page.count('type="checkbox"') == 2
        assert page.count("data:image/jpeg;base64,") == 2
        assert "Delete it" in page

        found = listed(film, Finder())
        choices = tmp_path / "choices.json"
        said = {"keep": [1], "because": "release 12"}
        for name in ("input_sha256", "tracks_sha256"):
            said[name] = getattr(found, name)
            assert said[name] in page
        choices.write_text(json.dumps(said))
        code, said = run(film, tmp_path / "out.mkv", "--choices", choices)
        assert code == 0, said
        for picture in read_film(tmp_path / "out.mkv")[1]:
            (box,) = shown(picture)
            assert box.left < 100

    def test_choices_about_something_else_are_refused(self, film, tmp_path):
        found = listed(film, Finder())
        for wrong in (
            Choices("0" * 64, found.tracks_sha256, (1,), "why"),
            Choices(found.input_sha256, "0" * 64, (1,), "why"),
        ):
            with pytest.raises(ConflictError):
                redact(film, tmp_path / "out.mkv", choices=wrong)
        assert not (tmp_path / "out.mkv").exists()

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"keep": "all"}', "\xff", "[" * 9000])
    def test_no_file_of_choices(self, tmp_path, text):
        (tmp_path / "choices.json").write_text(text, encoding="latin-1")
        with pytest.raises(InputError, match="no file of choices"):
            read_choices(tmp_path / "choices.json")


class TestCommand:
    def test_tracks_are_listed_and_kept_with_a_reason(self, film, tmp_path, run):
        code, said = run(film, "--list", "--json")
        assert code == 0
        assert [row["number"] for row in json.loads(said)] == [1, 2]
        code, said = run(film, tmp_path / "out.mkv", "--keep", "1")
        assert code == InputError.exit_code
        assert "--because" in said
        code, said = run(film, tmp_path / "out.mkv", "--keep", "1", "--because", "release 1")
        assert code == 0
        assert "release 1" in said

    def test_a_film_that_is_not_clean_says_in_which_pictures(self, tmp_path, run, monkeypatch):
        film = make_film(tmp_path / "in.mkv", pictures=6, faces=lambda _i: TWO)

        class Late(Finder):
            """Sees a face far from every mask, but only in what was written."""

            def glance(self, pixels, *, min_score=0.5):
                found = super().glance(pixels)
                if len(found) == 2:
                    return found
                self.looks += 1
                here = Box(37.0 * self.looks % 280, 130 + 31.0 * self.looks % 90, 12, 12)
                return (*squares(picture_of([here])),)

        monkeypatch.setattr("recognizance.workspace.load_engine", lambda _settings: Late())
        code, said = run(film, tmp_path / "out.mkv")
        assert code == 6, said
        assert "NOT CLEAN" in said
        record = json.loads((tmp_path / "out.mkv.json").read_text())
        assert not record["clean"]
        assert record["still_visible_in"][0]["picture"] >= 0

    @pytest.mark.parametrize(
        "words",
        [
            ("--style", "smile"),
            ("--also-audio", "louder"),
            ("--choices", "nothing.json"),
            ("--keep", "9", "--because", "why"),
        ],
    )
    def test_what_cannot_be_asked_is_said(self, film, tmp_path, run, words):
        code, said = run(film, tmp_path / "out.mkv", *words)
        assert code == InputError.exit_code, said
        assert not list(tmp_path.glob("*out.mkv*"))


# A shell that runs the tests in the background has them ignore Ctrl-C; whoever presses it does not.
SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {here!r})
import recognizance.workspace
from films import Finder
recognizance.workspace.load_engine = lambda _settings: Finder(pause_s=0.05)
from recognizance.cli import main
sys.argv = ["recognizance", "redact", {source!r}, {output!r}]
print("started", flush=True)
main()
"""


class TestCutOff:
    """Killed, interrupted, out of room: no file under the final name, and a rerun works."""

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
    def test_stopped_in_the_middle(self, tmp_path, how):
        source, output = make_film(tmp_path / "in.mkv", pictures=60), tmp_path / "out.mkv"
        script = SCRIPT.format(here=str(HERE), source=str(source), output=str(output))
        environment = os.environ | {"RECOGNIZANCE_HOME": str(tmp_path / "none")}
        job = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment
        )
        assert job.stdout.readline() == b"started\n"
        draft = tmp_path / ".out.mkv.part"
        while not (draft.exists() and draft.stat().st_size) and job.poll() is None:
            time.sleep(0.01)
        assert job.poll() is None
        job.send_signal(how)
        job.communicate()
        assert job.returncode == (1 if how is signal.SIGINT else -signal.SIGKILL)
        assert not output.exists()
        assert not (tmp_path / "out.mkv.json").exists()
        assert draft.exists() == (how is signal.SIGKILL)
        redact(source, output)
        assert not draft.exists()
        assert output.exists()

    def test_no_room(self, tmp_path):
        noise = make_film(
            tmp_path / "in.mkv", pictures=30, shade=lambda index: index, faces=walking
        )
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
        try:
            with pytest.raises(StoreFullError):
                redact(noise, tmp_path / "out.mkv")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert [each.name for each in tmp_path.iterdir()] == ["in.mkv"]
