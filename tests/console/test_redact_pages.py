"""Footage in the browser: a file goes in, faces are hidden or chosen, and the rest comes back."""

import errno
import io
import json
import threading
from dataclasses import dataclass

import httpx
import numpy as np
import pytest
from PIL import Image

from browser import pictures, violations
from fakes import FakeEngine
from recognizance.errors import SourceError
from recognizance.ledger import LogName
from recognizance.redacting.record import file_digest
from recognizance.service.accounts import Accounts
from recognizance.service.forms import COOKIE
from recognizance.service.jobs import spool, work
from recognizance.service.store import Store
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


@pytest.fixture
def as_somebody(house):
    """A client with the session of somebody, and its token for forms."""
    workspace = house.office.workspace
    with Store(workspace.layout.service, wait_s=5.0) as store:

        def opened(name):
            principal = workspace.registry.named(name)
            token, begun = Accounts(store).log_in(principal.principal_id, now=workspace.clock())
            cookie = {"cookie": f"{COOKIE}={token}"}
            return httpx.Client(base_url=house.address, headers=cookie, timeout=30), begun.csrf

        yield opened


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
