"""Footage in the browser: a file goes in, faces are hidden or chosen, and the rest comes back."""

import errno
import io
import json
import threading
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from browser import pictures, violations
from fakes import FakeEngine
from recognizance.errors import ServiceBusyError, SourceError
from recognizance.ledger import LogName
from recognizance.redacting.record import file_digest
from recognizance.service.console import redact
from recognizance.service.jobs import book, spool, work
from recognizance.types import Box, Detection
from video.films import SIDE, Finder, make_film, picture_of, read_film, shown

SPELL = "<img src=x onerror=alert(1)>=1+1\"'\u202e.mkv"
TWO = [Box(20, 40, SIDE, SIDE), Box(200, 120, SIDE, SIDE)]


@dataclass
class Seer(Finder, FakeEngine):
    """Finds squares; where it is stubborn, now and then a face where there was none before."""

    stubborn = False
    asked = 0

    def sweep(self, pixels, *, again: bool = False):
        return (*super().sweep(pixels), *(self._elsewhere(1) if again else ()))

    def glance(self, pixels, *, min_score: float = 0.5):
        return (*super().glance(pixels, min_score=min_score), *self._elsewhere(3))

    def _elsewhere(self, every: int):
        self.asked += 1
        if self.stubborn and self.asked % every == 0:
            at = (self.asked // every * 37) % 280, (self.asked // every * 61) % 200
            yield Detection(Box(*at, 24, 24), np.zeros((5, 2), np.float32), 0.9)


ENGINE = Seer
ALL_SEEN = "() => [...document.querySelectorAll('.sights img')].every((each) => each.naturalWidth)"


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Two people who stand there, with sound."""
    path = tmp_path_factory.mktemp("films") / "street.mkv"
    return make_film(path, pictures=12, faces=lambda _index: TWO, sound="aac")


def photograph(boxes=TWO) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture_of(boxes)).save(out, "PNG")
    return out.getvalue()


def file_of(data, name="street.mkv", kind="video/x-matroska"):
    return {"name": name, "mimeType": kind, "buffer": data}


def send(page, file, *, choose=False, **about):
    page.goto("/redact")
    page.set_input_files("#footage", file)
    if choose:
        page.check("#choose")
    for name, value in about.items():
        page.select_option(f"#{name}", value)
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_url(lambda url: "/redact/" in url)


def until(page, what):
    page.wait_for_selector(f"main .tag:has-text('{what}')", timeout=20_000)


def uploads(house):
    return list((house.office.workspace.layout.spool / "uploads").glob("*/*"))


def test_an_empty_place_teaches_what_redaction_does(visit, screenshots):
    page = visit("/redact", by="operator")
    assert "Nothing was redacted here yet" in page.inner_text("main")
    assert page.get_by_role("link", name="Redact", exact=True).get_attribute("aria-current")
    assert violations(page) == []
    pictures(page, screenshots, "redact-empty")
    page.evaluate(
        """() => {
        const carrier = new DataTransfer();
        carrier.items.add(new File(["film"], "dropped.mkv"));
        const about = { dataTransfer: carrier, bubbles: true, cancelable: true };
        document.querySelector("form.stack").dispatchEvent(new DragEvent("drop", about));
    }"""
    )
    assert page.evaluate("() => document.querySelector('#footage').files[0].name") == "dropped.mkv"


def test_a_film_is_redacted_and_downloaded_with_its_receipt(
    visit, house, film, screenshots, tmp_path
):
    page = visit("/redact", by="operator")
    send(page, film, style="mask", audio="mute")
    until(page, "clean")
    assert page.locator("h1 bdi").inner_text() == "street.mkv"
    assert "2 faces" in page.inner_text("main .facts")
    assert violations(page) == []
    pictures(page, screenshots, "redact-clean")
    with page.expect_download() as download:
        page.click("text=Download the redacted file")
    assert download.value.suggested_filename == "redacted-street.mkv"
    made = tmp_path / "made.mkv"
    download.value.save_as(made)
    assert not any(map(shown, read_film(made)[1]))
    with page.expect_download() as download:
        page.click("text=Download its record and receipt")
    record = json.loads(download.value.path().read_text("utf-8"))
    assert record["output_sha256"] == file_digest(made)
    assert (record["style"], record["audio"], record["clean"]) == ("mask", "mute", True)
    index = int(record["entry"].rpartition("/")[2])
    assert record["receipt"] == house.office.workspace.ledger.receipt(LogName.USES, index)
    assert house.office.workspace.ledger.entry(LogName.USES, index).kind == "redact"
    page.goto("/redact")
    assert page.locator("main li .tag.is-good").count() == 1
    assert violations(page) == []
    pictures(page, screenshots, "redact-list")


def test_whoever_is_ticked_stays_visible_for_a_reason(visit, house, film, screenshots, tmp_path):
    page = visit("/redact", by="operator")
    send(page, film, choose=True, style="solid", audio="keep")
    page.wait_for_selector("h1:has-text('Who stays visible')")
    assert page.input_value("#audio") == "keep"
    assert page.locator(".people li").count() == 2
    for number in (1, 2):
        answer = page.request.get(page.url.partition("?")[0] + f"/pictures/{number}")
        assert Image.open(io.BytesIO(answer.body())).format == "JPEG"
    assert violations(page) == []
    page.locator(".people label").nth(1).click()
    pictures(page, screenshots, "redact-choose")
    page.get_by_role("button", name="Redact", exact=True).click()
    page.wait_for_selector("[role=alert]:has-text('Why these faces')")
    assert page.locator(".people :checked").get_attribute("value") == "2"
    assert violations(page) == []
    page.fill("#because", "release 7 <b>")
    page.get_by_role("button", name="Redact", exact=True).click()
    until(page, "clean")
    assert "release 7 <b>" in page.inner_text("main .facts")
    with page.expect_download() as download:
        page.click("text=Download the redacted file")
    download.value.save_as(tmp_path / "made.mkv")
    seen = [shown(each) for each in read_film(tmp_path / "made.mkv")[1]]
    assert all(len(boxes) == 1 and boxes[0].left > 150 for boxes in seen)
    page.click("text=Choose who stays visible")
    assert page.locator(".people li").count() == 2, "the faces that were found before"


def test_a_photograph_that_is_not_clean_says_where(visit, monkeypatch, screenshots):
    monkeypatch.setattr(Seer, "stubborn", True)
    page = visit("/redact", by="operator")
    send(page, file_of(photograph(), "door.png", "image/png"))
    until(page, "not clean")
    assert "Do not hand it out" in page.inner_text("[role=alert]")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.sights img')].every(i => i.naturalWidth)"
    )
    assert page.locator(".sights img").count() == 1
    assert violations(page) == []
    monkeypatch.setattr(Seer, "stubborn", False)
    page.select_option("#style", "pixelate")
    page.click("text=Hide everybody again")
    page.wait_for_selector(".made", timeout=20_000)
    page.wait_for_function("() => document.querySelector('.made').naturalWidth > 0")


def test_a_film_that_is_not_clean_shows_its_pictures(visit, film, monkeypatch, screenshots):
    monkeypatch.setattr(Seer, "stubborn", True)
    page = visit("/redact", by="operator")
    send(page, film)
    until(page, "not clean")
    assert page.locator(".sights img").count() > 1
    page.wait_for_function(
        "() => [...document.querySelectorAll('.sights img')].every(i => i.naturalWidth)"
    )
    assert "Picture" in page.inner_text(".sights")
    assert violations(page) == []
    pictures(page, screenshots, "redact-not-clean")


def test_a_photograph_gives_its_faces_to_choose_from(visit, house, tmp_path):
    page = visit("/redact", by="operator")
    send(page, file_of(photograph(), "door.jfif", "image/jpeg"), choose=True)
    page.wait_for_selector("h1:has-text('Who stays visible')")
    page.locator(".people label").nth(0).click()
    page.fill("#because", "she agreed")
    page.get_by_role("button", name="Redact", exact=True).click()
    until(page, "clean")
    with page.expect_download() as download:
        page.click("text=Download the redacted file")
    assert download.value.suggested_filename == "redacted-door.png", "what it is, not what it says"
    assert len(shown(np.asarray(Image.open(download.value.path()).convert("RGB")))) == 1


@pytest.mark.parametrize("name", ["notes.mp4", SPELL])
def test_what_is_no_film_fails_in_words_and_is_destroyed(visit, house, name):
    before = len(uploads(house))
    page = visit("/redact", by="operator")
    send(page, file_of(b"this is no film" * 1000, name))
    until(page, "failed")
    assert violations(page) == []
    assert len(uploads(house)) == before
    assert "Nothing was made" in page.inner_text("main")
    assert page.locator("main img").count() == 0


def test_a_film_that_is_cut_off_is_redacted_as_far_as_it_goes(visit, film):
    page = visit("/redact", by="operator")
    data = film.read_bytes()
    send(page, file_of(data[: len(data) * 2 // 3], SPELL))
    until(page, "clean")
    assert "5 pictures" in page.inner_text("main .facts")
    assert "<img src=x onerror=alert(1)>=1+1" in page.locator("h1 bdi").inner_text()
    assert "\u202e" not in page.locator("h1 bdi").inner_text()
    with page.expect_download() as download:
        page.click("text=Download the redacted file")
    assert download.value.suggested_filename.endswith(".mkv")


def test_progress_shows_while_it_runs_and_it_can_be_cancelled(
    visit, film, monkeypatch, screenshots
):
    go_on = threading.Event()

    def slowly(self, workspace, handle):
        del workspace
        handle.facts = {"name": self.name}
        handle.tell(0.4)
        while not go_on.wait(0.05):
            handle.tell(0.4)
        raise SourceError("It changed while it was read.", hint="Send it again.")

    monkeypatch.setattr(work.Redact, "__call__", slowly)
    page = visit("/redact", by="operator")
    send(page, film)
    page.wait_for_function("() => document.querySelector('progress').value === 400")
    page.wait_for_selector("#left:has-text('left')")
    assert violations(page) == []
    pictures(page, screenshots, "redact-running")
    page.get_by_role("button", name="Cancel").click()
    until(page, "cancelled")
    send(page, film)
    go_on.set()
    until(page, "failed")


def test_a_full_disk_is_said_before_and_during_the_work(visit, film, monkeypatch, house):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = len(uploads(house))
    page = visit("/redact", by="operator")
    with monkeypatch.context() as patch:
        patch.setattr(spool, "run_in_threadpool", full)
        page.set_input_files("#footage", film)
        page.get_by_role("button", name="Begin", exact=True).click()
        page.wait_for_selector("#cut-off:visible")
        assert "no room" in page.inner_text("#cut-off")
    assert len(uploads(house)) == before
    monkeypatch.setattr(work.Redact, "__call__", full)
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_url(lambda url: "/redact/" in url)
    until(page, "failed")
    assert "no room" in page.inner_text("[role=alert]")


def test_nobody_but_its_owner_sees_any_of_it_and_the_original_is_never_sent(visit, film, house):
    page = visit("/redact", by="operator")
    send(page, film, choose=True)
    page.wait_for_selector("h1:has-text('Who stays visible')")
    found = page.url.partition("?")[0]
    page.get_by_role("button", name="Redact", exact=True).click()
    until(page, "clean")
    done = page.url
    original = file_digest(film)
    other = visit("/redact", by="operator-2")
    assert "street.mkv" not in other.inner_text("main")
    paths = [
        f"{found}/pictures/1",
        *(f"{done}{each}" for each in ("", "/file", "/record", "/shown")),
    ]
    for path in (found, *paths):
        assert other.request.get(path).status == 404, path
    token = other.locator("[name=csrf]").first.get_attribute("value")
    for deed in ("again", "faces", "cancel", "destroy"):
        answer = other.request.post(
            f"{done}/{deed}", form={"csrf": token}, headers={"origin": house.address}
        )
        assert answer.status == 404, deed
    for path in (f"{done}/original", f"{done}/source", f"{found}/file", f"{found}/shown"):
        assert page.request.get(path).status == 404, path
    assert file_digest(film) == original
    sent = [each for each in uploads(house) if file_digest(each) == original]
    page.click("text=Destroy all of it now")
    page.wait_for_url("**/redact")
    assert len([each for each in uploads(house) if file_digest(each) == original]) == len(sent) - 1
    for path in (found, *paths):
        assert page.request.get(path).status == 404, path


@pytest.mark.parametrize("who", ["officer", "auditor", "reviewer-1"])
def test_it_is_for_operators(visit, who):
    page = visit("/redact", by=who)
    assert "not for your role" in page.inner_text("main")


def test_without_a_script_the_form_carries_the_file(as_somebody, film):
    client, csrf = as_somebody("operator")
    with client:
        files = {"footage": ("../../../x.mkv", film.read_bytes(), "video/x-matroska")}
        begun = client.post("/redact", data={"csrf": csrf, "first": "hide"}, files=files)
        assert begun.status_code == 303
        assert begun.headers["location"].startswith("/redact/")
        refused = client.post("/redact", data={"first": "hide"}, files=files)
        assert refused.status_code == 403, "no token"
        nothing = client.post("/redact", data={"csrf": csrf})
        assert (nothing.status_code, "There is no file" in nothing.text) == (400, True)
        odd = client.post("/redact", data={"csrf": csrf, "style": "invisible"}, files=files)
        assert odd.status_code == 400
        lost = client.post("/redact", data={"csrf": csrf, "footage_id": "../../etc/passwd"})
        assert lost.status_code == 404
        audit = client.get("/redact/" + "0" * 32)
        assert audit.status_code == 404


@pytest.fixture
def slow(monkeypatch):
    """Redactions that go on until they are let go, and then fail."""
    go_on = threading.Event()

    def slowly(self, workspace, handle):
        del self, workspace
        (handle.folder / "half.mkv").write_bytes(b"a face")
        while not go_on.wait(0.05):
            handle.tell(0.4)
        raise ServiceBusyError("It broke.", hint="Send it again.")

    monkeypatch.setattr(work.Redact, "__call__", slowly)
    yield go_on
    go_on.set()


def jobs_on_disk(house):
    return set((house.office.workspace.layout.spool / "jobs").iterdir())


def destroy(page, house, before):
    """Press the button, and see that nothing is left of what came after `before`."""
    page.click("text=Destroy all of it now")
    page.wait_for_url("**/redact")
    uploaded, made = before
    assert set(uploads(house)) == uploaded
    for _ in range(200):
        if jobs_on_disk(house) <= made:
            break
        page.wait_for_timeout(50)
    assert jobs_on_disk(house) <= made


@pytest.mark.parametrize("how", ["running", "cancelled", "failed"])
def test_what_was_sent_can_be_destroyed_whatever_became_of_it(visit, house, film, slow, how):
    before = set(uploads(house)), jobs_on_disk(house)
    page = visit("/redact", by="operator")
    send(page, film)
    page.wait_for_function("() => document.querySelector('progress').value === 400")
    if how == "cancelled":
        page.get_by_role("button", name="Cancel").click()
    if how == "failed":
        slow.set()
    if how != "running":
        until(page, how)
    assert page.locator("h1 bdi").inner_text() == "street.mkv"
    assert set(uploads(house)) > before[0]
    assert violations(page) == []
    destroy(page, house, before)


def test_what_runs_with_the_same_file_is_destroyed_with_it(visit, house, film, monkeypatch):
    before = set(uploads(house)), jobs_on_disk(house)
    page = visit("/redact", by="operator")
    send(page, film, choose=True)
    page.wait_for_selector("h1:has-text('Who stays visible')")
    found, begun = page.url, threading.Event()

    def slowly(self, workspace, handle):
        del self, workspace
        (handle.folder / "half.mkv").write_bytes(b"a face")
        begun.set()
        while True:
            handle.tell(0.4)
            handle.stop.wait(0.05)

    monkeypatch.setattr(work.Redact, "__call__", slowly)
    page.get_by_role("button", name="Redact", exact=True).click()
    assert begun.wait(20)
    page.goto(found)
    destroy(page, house, before)


def test_what_is_not_begun_with_is_not_kept(visit, house, as_somebody, film, monkeypatch):
    before = uploads(house)
    client, csrf = as_somebody("operator")
    refused = (
        ({"style": "invisible"}, 400),
        ({"audio": "loud"}, 400),
        ({"keep": "1"}, 400),
        ({"keep": "1", "because": "  "}, 400),
    )
    with client:
        for said, status in refused:
            sent = client.post(
                "/v1/uploads", headers={"x-csrf-token": csrf}, content=film.read_bytes()
            )
            begun = {"csrf": csrf, "footage_id": sent.json()["upload_id"], **said}
            assert client.post("/redact", data=begun).status_code == status, said
            files = {"footage": ("x.mkv", film.read_bytes(), "video/x-matroska")}
            answer = client.post("/redact", data={"csrf": csrf, **said}, files=files)
            assert answer.status_code == status, said
        assert uploads(house) == before
    monkeypatch.setattr(book, "MOST_OPEN", 0)
    page = visit("/redact", by="operator")
    page.set_input_files("#footage", film)
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_selector("[role=alert]:has-text('Too many jobs')")
    assert uploads(house) == before


def test_a_form_that_is_sent_twice_does_not_take_the_file_from_its_job(
    as_somebody, house, film, monkeypatch, slow
):
    client, csrf = as_somebody("operator")
    with client:
        sent = client.post("/v1/uploads", headers={"x-csrf-token": csrf}, content=film.read_bytes())
        upload_id = sent.json()["upload_id"]
        form = {"csrf": csrf, "footage_id": upload_id, "footage_name": "street.mkv"}
        begun = client.post("/redact", data=form)
        monkeypatch.setattr(book, "MOST_OPEN", 1)
        assert client.post("/redact", data=form).status_code == 503
        assert [each for each in uploads(house) if each.stem == upload_id]
        client.post(f"{begun.headers['location']}/destroy", data={"csrf": csrf})
        assert not [each for each in uploads(house) if each.stem == upload_id]


def test_a_gif_comes_back_as_one_and_is_shown(visit, tmp_path):
    stills = [Image.fromarray(picture_of(TWO)) for _ in range(4)]
    stills[0].save(tmp_path / "walk.gif", save_all=True, append_images=stills[1:], duration=100)
    page = visit("/redact", by="operator")
    send(page, tmp_path / "walk.gif")
    page.wait_for_selector("img.made", timeout=20_000)
    page.wait_for_function("() => document.querySelector('img.made').naturalWidth > 0")
    with page.expect_download() as download:
        page.click("text=Download the redacted file")
    assert download.value.suggested_filename == "redacted-walk.gif"


def test_two_faces_in_a_picture_that_is_shown_are_not_said_to_be_missing(visit, monkeypatch):
    def doubled(path):
        said = read(path)
        sights = 2 * said.get("still_visible_in", [])
        return said | {"still_visible": len(sights), "still_visible_in": sights}

    read = redact._record
    monkeypatch.setattr(redact, "_record", doubled)
    monkeypatch.setattr(Seer, "stubborn", True)
    page = visit("/redact", by="operator")
    send(page, file_of(photograph(), "door.png", "image/png"))
    until(page, "not clean")
    assert page.locator(".sights img").count() == 1
    assert "in all" not in page.inner_text("main")
