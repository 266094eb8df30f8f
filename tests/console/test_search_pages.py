import socket
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from browser import log_in, pictures, violations
from fakes import photograph
from recognizance.ledger import LogName
from recognizance.service import guards
from staff import PASSWORD

HTML = "<img src=x onerror=alert(1)>.jpg"


@pytest.fixture(scope="module")
def permit(house):
    permit = house.office.permit()
    house.office.enroll("ana", photograph("ana", note="1"), permit=permit)
    return permit


def chosen(page, data: bytes, name: str = "photograph.jpg") -> None:
    page.set_input_files("#photograph", {"name": name, "mimeType": "image/jpeg", "buffer": data})


def uses(house) -> int:
    return house.office.workspace.ledger.size(LogName.USES)


def test_a_search_becomes_a_lead_with_an_address_of_its_own(visit, house, permit, screenshots):
    page = visit("/search", by="operator")
    shown = page.inner_text("main")
    assert "two different people are taken for one at most once in" in shown.lower()
    assert "in the worst measured group" in shown
    assert "%" not in shown
    assert permit in shown
    assert violations(page) == []
    pictures(page, screenshots, "search")
    page.fill("#case", "case-7 <b>=1+1</b>")
    chosen(page, photograph("ana", note="2"), HTML)
    page.click("button.go")
    page.wait_for_url("**/search/*")
    shown = page.inner_text("main")
    assert "A lead, not an identification." in shown
    assert "case-7 <b>=1+1</b>" in shown
    assert "ana" not in shown
    assert "%" not in shown
    assert violations(page) == []
    pictures(page, screenshots, "search-answer")
    before = uses(house)
    page.reload()
    page.go_back()
    page.go_forward()
    assert uses(house) == before
    with page.expect_download() as download:
        page.click("text=Download the receipt")
    assert download.value.path().read_text().startswith("c2sp.org/tlog-proof@v1\n")
    page.click("text=See where it waits")
    assert "You searched, so others decide." in page.inner_text("main")


def test_a_claim_and_an_enrollment(visit, house, permit, screenshots):
    page = visit("/enroll", by="operator")
    page.fill("#subject", "ben")
    page.select_option("#provenance", "own_enrollment")
    page.fill("#ground", "release-2")
    page.select_option("#minor", "no")
    chosen(page, photograph("ben", note="1"))
    assert violations(page) == []
    page.click("button.go")
    page.wait_for_url("**/search/*")
    assert page.inner_text("h1") == "The person is enrolled"
    page.goto("/verify")
    page.fill("#subject", "ben")
    chosen(page, photograph("carla", note="1"))
    page.click("button.go")
    page.wait_for_url("**/search/*")
    assert "does not agree" in page.inner_text("h1")
    assert "It may still be the same person" in page.inner_text("main")
    page.goto("/verify")
    page.fill("#subject", "nobody")
    chosen(page, photograph("carla", note="1"))
    page.click("button.go")
    page.wait_for_selector("#problem .said")
    assert "no reference" in page.inner_text("#problem")
    assert page.input_value("#subject") == "nobody"
    assert violations(page) == []
    pictures(page, screenshots, "verify-refused")


def test_who_of_several_people_is_meant_is_said_on_the_picture(visit, permit, screenshots):
    page = visit("/search", by="operator")
    chosen(page, photograph("ana", "ben"))
    page.click("button.go")
    page.wait_for_selector(".face-list")
    assert page.locator(".face-list li").count() == 2
    assert "shows 2 faces" in page.inner_text("#problem")
    page.fill("#face", "2")
    page.click("button.go")
    page.wait_for_url("**/search/*")


def test_it_works_without_a_script(browser, house, permit):
    context = browser.new_context(base_url=house.address, java_script_enabled=False)
    page = context.new_page()
    log_in(page, house.address, "operator", PASSWORD)
    page.goto(f"/search?permit={permit}")
    chosen(page, photograph())
    page.click("button.go")
    assert "No face was found" in page.inner_text("#problem")
    chosen(page, photograph("dan", note="1"))
    page.click("button.go")
    assert page.inner_text("h1") == "Nobody of the gallery was found"
    context.close()


@contextmanager
def line_to(address: str, *, breaks_after: int):
    """An address that leads to the server, over a line that breaks in a large upload."""
    there = urlsplit(address)

    def carry(one: socket.socket, other: socket.socket, most: float) -> None:
        carried = 0
        try:
            while (data := one.recv(1 << 16)) and (carried := carried + len(data)) < most:
                other.sendall(data)
        except OSError:
            pass
        for each in (one, other):
            each.close()

    def answer() -> None:
        while True:
            try:
                here, _ = listening.accept()
            except OSError:
                return
            beyond = socket.create_connection((there.hostname, there.port))
            for each in ((here, beyond, breaks_after), (beyond, here, float("inf"))):
                threading.Thread(target=carry, args=each, daemon=True).start()

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_is_lost_in_an_upload_leaves_nothing_half_done(
    browser, house, permit, screenshots
):
    with line_to(house.address, breaks_after=2**20) as address:
        page = browser.new_page(base_url=address)
        log_in(page, address, "operator", PASSWORD)
        page.goto("/search")
        before = uses(house)
        page.fill("#case", "case-8")
        chosen(page, photograph("ana", note="2") + b"." * (12 * 2**20))
        page.click("button.go")
        page.wait_for_selector("#problem .said")
        assert "The connection was lost." in page.inner_text("#problem")
        assert "nothing was asked" in page.inner_text("#problem")
        assert uses(house) == before
        assert page.input_value("#case") == "case-8"
        assert page.evaluate("document.querySelector('#photograph').files.length") == 1
        assert violations(page) == []
        pictures(page, screenshots, "search-lost")
        chosen(page, photograph("ana", note="2"))
        page.click("button.go")
        page.wait_for_url("**/search/*")
        page.close()


def test_a_photograph_that_is_too_large_is_not_sent(visit, house, permit, tmp_path):
    page = visit("/search", by="operator")
    before = uses(house)
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(guards.MOST_BODY_BYTES))
    page.set_input_files("#photograph", large)
    page.click("button.go")
    page.wait_for_selector("#problem .said")
    assert "it was not sent" in page.inner_text("#problem")
    assert uses(house) == before


def test_roles_and_forms_from_elsewhere_are_refused(visit, house, permit):
    for name in ("reviewer-1", "auditor", "officer-2"):
        page = visit("/search", by=name)
        assert page.inner_text("h1") == "This was not done"
    page = visit("/search", by="operator")
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    files = {"photograph": ("x.jpg", photograph("ana", note="2"))}
    said = {"permit": permit, "gallery": "g", "csrf": "0" * 43}
    before = uses(house)
    for path in ("search", "verify", "enroll"):
        answer = httpx.post(f"{house.address}/{path}", data=said, files=files, cookies=cookies)
        assert answer.status_code == 403
    assert uses(house) == before


def test_an_answer_is_for_the_one_who_asked(visit, house, permit):
    answer = house.office.search(photograph("dan", note="2"), permit=permit)
    index = answer.entry.rpartition("/")[2]
    page = visit(f"/search/{index}", by="operator")
    assert page.inner_text("h1") == "Nobody of the gallery was found"
    for path, name in (
        ("/search/0", "operator"),
        ("/search/999999", "operator"),
        (f"/search/{index}", "operator-2"),
        (f"/search/{index}", "reviewer-1"),
    ):
        page = visit(path, by=name)
        assert page.inner_text("h1") == "This was not done"


def test_the_camera_takes_a_picture(visit, permit, screenshots):
    page = visit("/search", by="operator")
    page.click("text=Use the camera")
    page.click("text=Take the picture")
    page.wait_for_selector(".shown canvas")
    assert "camera.jpg" in page.inner_text(".chosen")
    assert violations(page) == []
    pictures(page, screenshots, "search-camera")
    taken = page.evaluate("document.querySelector('#photograph').files[0].type")
    assert taken == "image/jpeg"
    assert page.evaluate("document.querySelector('video').srcObject") is None
