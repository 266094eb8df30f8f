"""Who stays visible by a photograph: compared at the desk, under a permit, and never by a guess."""

from dataclasses import dataclass, field, replace

import av
import numpy as np
import pytest
from films import SIDE, Finder, make_film, read_film, shown

from fakes import FakeEngine, photograph
from office import Office
from recognizance.errors import (
    InputError,
    ManyFacesError,
    PermitMissingError,
    PermitScopeError,
)
from recognizance.ledger import LogName
from recognizance.redacting import Asked, Like, redact_file
from recognizance.redacting.record import file_digest
from recognizance.settings import Settings
from recognizance.types import Box, Detection, Frame, Operation
from recognizance.workspace import Workspace, load_engine

ANA = photograph("ana")
BOTH = photograph("ana", "ben")
HERE = {"ana": Box(20, 60, SIDE, SIDE), "ben": Box(220, 60, SIDE, SIDE)}
RELEASE = Asked(reason="release 7")
RAN = {"match", "non_match"}


@dataclass
class Knower(Finder, FakeEngine):
    """A finder of squares that knows whose square each still is: by turns, as it is asked."""

    people: list[str] = field(default_factory=list)
    stills: int = 0

    def encode(self, pixels, *, like: bytes) -> bytes:
        person = self.people[self.stills % len(self.people)]
        self.stills += 1
        return photograph(*person.split("+"), note=str(self.stills))

    def detect(self, frame: Frame):
        found = super().detect(frame)
        box = Box(0.4 * SIDE, 0.4 * SIDE, SIDE, SIDE)
        return tuple(Detection(box, each.landmarks, each.score) for each in found)


@pytest.fixture
def film(tmp_path):
    return make_film(tmp_path / "in.mkv", faces=lambda _i: list(HERE.values()))


@pytest.fixture
def run(office, film, tmp_path):
    """Redact the film but for whoever looks like ana; the stills show these people, by turns."""

    def go(*people: str, like: bytes = ANA, permit: str | None = "", source=None, asked=RELEASE):
        workspace = office.workspace
        engine = Knower(workspace.engine.model_id, people=list(people))
        workspace.__dict__["engine"] = engine
        if permit == "":
            permit = office.permit(photographs=(ANA, BOTH), footage=(file_digest(film),))
        request = office.request(Operation.COMPARE, like, permit=permit, gallery_id=None)
        return redact_file(
            source or film,
            tmp_path / "out.mkv",
            asked,
            engine=engine,
            workspace=workspace,
            like=Like(workspace.desk, engine, request),
        )

    return go


def uses(office) -> list[dict]:
    entries = office.workspace.ledger.entries(LogName.USES)
    return [each.public for each in entries if each.kind in {"compare", "admit", "redact"}]


def test_who_matches_stays_visible_and_each_answer_is_in_the_ledger(run, office, tmp_path):
    done = run("ben", "ana")
    assert (done.hidden, done.kept) == (1, 1)
    assert [track["kept"] for track in done.record["tracks"]] == [False, True]
    for picture in read_film(tmp_path / "out.mkv")[1]:
        (box,) = shown(picture)
        assert abs(box.left - HERE["ben"].left) < 3
    said = done.record["kept_like"]
    assert said["self_attested"]
    outcomes = [(each["operation"], each["outcome"]) for each in uses(office)]
    assert outcomes == [("compare", "non_match"), ("compare", "match"), ("redact", "clean")]
    ledger = office.workspace.ledger
    numbers = [int(each.partition("/")[2]) for each in said["entries"]]
    assert [ledger.entry(LogName.USES, each).kind for each in numbers] == ["compare"] * 2
    assert all(not given.any() for given in office.workspace.engine.given)


@pytest.mark.parametrize(
    "shows", ["ben", "", "ana+ben"], ids=["somebody else", "no face", "two faces"]
)
def test_who_is_not_surely_meant_is_hidden(run, tmp_path, shows):
    done = run(shows)
    assert (done.hidden, done.kept) == (2, 0)
    assert not any(map(shown, read_film(tmp_path / "out.mkv")[1]))


@pytest.mark.parametrize("later", ["ben", "", "ana+ben"])
def test_a_track_that_may_have_gone_over_to_somebody_else_is_hidden(run, tmp_path, office, later):
    """Six seconds of one square; its picture in the second stretch is not ana's."""
    long = make_film(tmp_path / "long.mkv", pictures=60, fps=10, faces=lambda _i: [HERE["ana"]])
    permit = office.permit(photographs=(ANA,), footage=(file_digest(long),))
    done = run("ana", later, "ana", permit=permit, source=long)
    assert (done.hidden, done.kept) == (1, 0)


def test_without_a_permit_nothing_is_compared_or_written(run, office, tmp_path):
    with pytest.raises(PermitMissingError):
        run("ana", permit=None)
    assert [each["outcome"] for each in uses(office)] == ["refused"]
    assert not office.workspace.engine.given
    assert not list(tmp_path.glob("*out*"))


def test_a_permit_for_another_film_allows_nothing(run, office, film, tmp_path):
    permit = office.permit(photographs=(ANA,), footage=("0" * 64,))
    with pytest.raises(PermitScopeError):
        run("ana", permit=permit)
    assert not list(tmp_path.glob("*out*"))


def test_a_photograph_of_two_people_says_not_whom(run, office):
    with pytest.raises(ManyFacesError):
        run("ana", like=BOTH)
    assert not RAN & {each["outcome"] for each in uses(office)}


def test_it_takes_a_reason_too(run):
    with pytest.raises(InputError, match="Why these faces"):
        run("ana", asked=Asked())


def test_a_still_of_no_footage_stands_for_itself(office):
    hooked_permit = office.permit(photographs=(ANA,))
    request = office.request(Operation.COMPARE, ANA, permit=hooked_permit, gallery_id=None)
    asked = replace(request, stills=(photograph("ana", note="not in the permit"),))
    with pytest.raises(PermitScopeError):
        office.workspace.desk.compare(asked)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return load_engine(Settings(cache=tmp_path_factory.mktemp("models"), threads=1))


def pictures_of(path, count: int) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [
            frame.to_ndarray(format="rgb24")
            for frame, _ in zip(film.decode(video=0), range(count), strict=False)
        ]


@pytest.mark.faces
@pytest.mark.parametrize("of_the_film", [True, False], ids=["who is in it", "somebody else"])
def test_of_two_real_people_the_one_in_the_photograph_stays(
    faces, settings, engine, tmp_path, of_the_film
):
    pictures = pictures_of(faces / "clips" / "two-people-head-pose.gif", 30)
    source = tmp_path / "two.mkv"
    with av.open(str(source), "w") as out:
        stream = out.add_stream("libx264", rate=12, width=480, height=270)
        for pixels in pictures[:14]:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode())
    other = pictures_of(faces / "clips" / "sign-book.mkv", 1)[0]
    like = engine.encode(pictures[29][:, 240:].copy() if of_the_film else other, like=b"\x89PNG")
    with Workspace.create(settings) as workspace:
        workspace.__dict__["engine"] = engine
        office = Office(workspace)
        permit = office.permit(photographs=(like,), footage=(file_digest(source),))
        request = office.request(Operation.COMPARE, like, permit=permit, gallery_id=None)
        output = tmp_path / "out.mkv"
        asked = Like(workspace.desk, engine, request)
        done = redact_file(source, output, RELEASE, engine=engine, workspace=workspace, like=asked)
    assert (done.kept, done.visible) == (int(of_the_film), "")
    for pixels in pictures_of(output, 14)[::5]:
        boxes = [each.box for each in engine.detect(Frame(pixels, ""))]
        assert len(boxes) == int(of_the_film)
        assert all(box.left > 240 for box in boxes)
