import re

import httpx
import pytest
from drawn import DrawnEngine

from browser import pictures, violations
from fakes import photograph
from hooked import Hooked, condition
from recognizance.ledger import LogName
from recognizance.registry import queue
from recognizance.review import LEAST_VIEWING, lead_from_bytes
from staff import PASSWORD

ENGINE = DrawnEngine
PEOPLE = {"s-1": "ana", "s-2": "ben", "s-3": "carla"}


@pytest.fixture(scope="module")
def hooked(house):
    """A permit whose leads wait for two people, and three people in its gallery."""
    made = Hooked(house.office, (condition("reviewers", "LE-09", n=2),))
    for subject, name in PEOPLE.items():
        made.enroll(subject, photograph(name, note="1"))
    return made


@pytest.fixture
def held(house, hooked, monkeypatch):
    """Searches until there is a lead that is none of those that were planted, or one that is."""

    def searched(*, planted: bool = False) -> str:
        gallery = house.office.workspace.gallery
        known = {line.lead_id for line in gallery.queue(["open"], most=1000)}
        with monkeypatch.context() as patch:
            patch.setattr(queue, "gap_after", lambda _secret, _index: 1 if planted else 17)
            while True:
                answer = hooked.search()
                for line in gallery.queue(["open"], most=1000):
                    lead = lead_from_bytes(gallery.lead(line.lead_id).body)
                    if line.lead_id not in known and (lead.planted is not None) == planted:
                        assert planted or line.lead_id == answer.lead_id
                        return line.lead_id

    return searched


def looked(house, page) -> None:
    """Let the time pass that it takes to compare faces."""
    house.office.workspace.clock.advance(seconds=LEAST_VIEWING.total_seconds())
    page.reload()


def showings(house) -> int:
    return sum(
        entry.public.get("outcome") == "shown"
        for entry in house.office.workspace.ledger.entries(LogName.USES)
    )


def test_two_people_decide_with_the_keyboard(visit, house, held, screenshots):
    lead, before = held(), showings(house)
    page = visit("/review", by="reviewer-1")
    assert lead in page.inner_text("main")
    assert not re.search(r"\bs-1\b|score|0\.\d", page.inner_text("main"))
    assert violations(page) == []
    pictures(page, screenshots, "review-queue")

    page.goto(f"/review/{lead}")
    assert page.is_disabled("button.go")
    assert "Look a moment longer" in page.inner_text(".count")
    assert page.evaluate("[...document.images].every(each => each.complete && each.naturalWidth)")
    assert showings(house) == before + 1
    assert not re.search(r"\bs-1\b", page.inner_text("main"))
    assert violations(page) == []
    pictures(page, screenshots, "review-lead")
    looked(house, page)
    assert showings(house) == before + 1

    page.keyboard.press("z")
    page.keyboard.press("ArrowRight")
    zoomed = page.evaluate("getComputedStyle(document.querySelector('.probe img')).transform")
    assert zoomed.startswith("matrix(2.5")
    assert zoomed == page.evaluate(
        "getComputedStyle(document.querySelector('.others img')).transform"
    )
    page.screenshot(path=screenshots / "review-zoomed.png")
    page.keyboard.press("z")
    page.keyboard.press("1")
    page.keyboard.press("r")
    page.keyboard.type("Ears and brows agree <b>&</b> =1+1")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".said.is-good")
    assert "same person" in page.inner_text(".said.is-good")
    assert "Others look without knowing it" in page.inner_text("main")

    second = visit(f"/review/{lead}", by="reviewer-2")
    assert "Ears and brows" not in second.inner_text("main")
    assert "same person" not in second.inner_text("h1").replace("Is this the same person?", "")
    looked(house, second)
    second.keyboard.press("1")
    second.fill("#reason", "The same scar.")
    second.click("button.go")
    second.wait_for_selector("h1 .tag.is-confirmed")
    assert second.locator("blockquote").count() == 2
    assert "Ears and brows agree <b>&</b> =1+1" in second.inner_text("main")
    assert violations(second) == []
    pictures(second, screenshots, "review-confirmed")

    page.go_back()
    page.wait_for_selector("h1 .tag.is-confirmed")
    assert page.locator("form.verdict").count() == 0


def test_a_confirmed_lead_is_handed_out_and_contested(visit, hooked, screenshots):
    lead = hooked.confirmed()
    officer = visit(f"/review/{lead}", by="officer-2")
    assert officer.locator("img[src*=probe]").count() == 0
    with officer.expect_download() as download:
        officer.click("text=Download the bundle")
    assert download.value.suggested_filename == f"disclosure-{lead}.json"
    officer.fill("#reason", "She was abroad that day.")
    officer.click("button:has-text('Contest')")
    officer.wait_for_selector("h1 .tag.is-contested")
    assert violations(officer) == []
    pictures(officer, screenshots, "review-officer")


def test_a_planted_lead_looks_like_any_other_until_it_is_decided(visit, house, held, screenshots):
    planted, other = held(planted=True), held()
    page = visit(f"/review/{other}", by="reviewer-1")
    markup = {}
    for lead in (other, planted):
        page.goto(f"/review/{lead}")
        html = re.sub(r'value="[0-9A-Za-z_-]{20,}"', "", page.inner_html("main"))
        html = re.sub(r"<li>.*?</li>", "", html, flags=re.DOTALL).replace(lead, "LEAD")
        markup[lead] = re.sub(r'data-wait="\d+"|disabled=""|: \d s|class="stage[^"]*"', "", html)
    assert markup[planted] == markup[other]
    assert "checked" not in page.inner_text("main")

    for name in ("reviewer-1", "reviewer-2"):
        page = visit(f"/review/{planted}", by=name)
        looked(house, page)
        page.keyboard.press("d")
        page.fill("#reason", "Other ears.")
        page.click("button.go")
        page.wait_for_selector(".said.is-good")
    assert "This was a check" in page.inner_text("main")
    assert "You did not take it for the same person." in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "review-check")


def test_two_tabs_that_decide_the_same_lead(visit, house, held):
    lead = held()
    page = visit(f"/review/{lead}", by="reviewer-1")
    looked(house, page)
    other = page.context.new_page()
    other.goto(f"/review/{lead}")
    for tab, reason in ((page, "First."), (other, "Second, <script>alert(1)</script>.")):
        tab.keyboard.press("c")
        tab.fill("#reason", reason)
    page.click("button.go")
    page.wait_for_selector(".said.is-good")
    other.click("button.go")
    other.wait_for_selector("#problem")
    assert "has decided on this lead already" in other.inner_text("#problem")
    assert other.input_value("#kept") == "Second, <script>alert(1)</script>."
    assert violations(other) == []


def test_a_verdict_that_comes_too_early_loses_nothing_without_a_script(browser, house, held, visit):
    lead = held()
    visit("/", by="reviewer-1")  # somebody else is logged in beside
    context = browser.new_context(base_url=house.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/login")
    page.fill("#name", "reviewer-2")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.goto(f"/review/{lead}")
    page.check("#different")
    page.fill("#reason", "The noses differ.")
    page.click("button.go")
    assert "look 5 s longer" in page.inner_text("#problem")
    assert page.is_checked("#different")
    assert page.input_value("#reason") == "The noses differ."
    house.office.workspace.clock.advance(seconds=5)
    page.click("button.go")
    assert "You said: different person." in page.inner_text("main")
    page.click("text=Next lead")
    assert page.url != f"{house.address}/review/{lead}"
    context.close()


def test_pictures_are_for_reviewers_alone_and_kept_by_nobody(visit, house, held):
    lead = held()
    page = visit(f"/review/{lead}", by="reviewer-1")
    for path in ("probe.jpg", "candidate/1.jpg"):
        answer = page.request.get(f"/review/{lead}/{path}")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.body()[:2] == b"\xff\xd8"
    assert page.request.get(f"/review/{lead}/candidate/99.jpg").status == 404
    page = visit(f"/review/{lead}", by="operator")
    assert "You searched, so others decide." in page.inner_text("main")
    assert page.locator("main img").count() == 0
    for name in ("operator", "officer-2", "auditor"):
        page = visit("/", by=name)
        assert page.request.get(f"/review/{lead}/probe.jpg").status == 403
        assert page.request.get("/review/next").status == 403


def test_a_form_from_elsewhere_decides_nothing(house, held, visit):
    lead = held()
    page = visit(f"/review/{lead}", by="reviewer-1")
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    said = {"said": "cannot_say", "reason": "x", "csrf": "0" * 43}
    for path in ("", "/contest", "/export"):
        answer = httpx.post(f"{house.address}/review/{lead}{path}", data=said, cookies=cookies)
        assert answer.status_code == 403
    record = house.office.workspace.gallery.lead(lead)
    assert lead_from_bytes(record.body).verdicts == ()


def test_a_reviewer_who_fails_the_checks_is_suspended_and_let_back(visit, house, held, screenshots):
    pages = {name: visit("/review", by=name) for name in ("reviewer-2", "reviewer-3")}
    for _ in range(2):
        planted = held(planted=True)
        for (name, page), key in zip(pages.items(), "d1", strict=True):
            page.goto(f"/review/{planted}")
            looked(house, page)
            page.keyboard.press(key)
            page.fill("#reason", f"I looked, {name}.")
            page.click("button.go")
            page.wait_for_selector(".said.is-good, .said.is-stop")
    page = pages["reviewer-3"]
    assert page.url.endswith("/review"), "the verdict that suspends leads to where it is said"
    assert "You are suspended" in page.inner_text(".said.is-stop")
    assert "take a new training" in page.inner_text(".said.is-stop")
    pictures(page, screenshots, "review-suspended")
    page.goto(f"/review/{held()}")
    assert page.inner_text("h1") == "This lead is not shown to you"
    assert violations(page) == []

    auditor = visit("/review/checks", by="auditor")
    row = auditor.locator("tr", has_text="reviewer-3").inner_text()
    assert "suspended" in row
    assert "22.4 %" in row  # the exact bound of two out of two: the square root of 0.05
    assert auditor.locator("form[action$=restored]").count() == 0
    assert violations(auditor) == []

    officer = visit("/review/checks", by="officer-2")
    box = officer.locator("form[action$=restored]", has_text="reviewer-3")
    box.locator("textarea").fill("<i>She</i> was trained.")
    box.locator("button").click()
    officer.wait_for_selector("[role=alert]")
    assert "No training of this reviewer" in officer.inner_text("[role=alert]")
    pictures(officer, screenshots, "review-checks")
    house.office.workspace.clock.advance(seconds=1)
    custodian = visit("/review/checks", by="operator")
    custodian.select_option("#name", "reviewer-3")
    custodian.fill("#on", house.office.workspace.clock().date().isoformat())
    custodian.fill("#course", "Comparing faces, again")
    custodian.click("text=Record it")
    custodian.wait_for_selector("h1")
    officer.goto("/review/checks")
    box = officer.locator("form[action$=restored]", has_text="reviewer-3")
    box.locator("textarea").fill("She was trained.")
    box.locator("button").click()
    officer.wait_for_url("**/review/checks")
    assert "suspended" not in officer.locator("tr", has_text="reviewer-3").inner_text()


def test_the_queue_is_sorted_filtered_and_exported(visit, house, held):
    lead = held()
    page = visit(f"/review?q={lead}&sort=-expires_at", by="reviewer-1")
    assert page.locator("tbody tr").count() == 1
    assert page.inner_text("tbody a >> nth=0") == lead
    page.goto("/review?q=%25")
    assert page.locator("tbody tr").count() == 0
    with page.expect_download() as download:
        page.goto("/review")
        page.click("text=Export as CSV")
    assert download.value.suggested_filename == "leads-waiting.csv"
    page.goto("/review?at=closed&page=999999")
    assert violations(page) == []
    page = visit("/review/checks", by="reviewer-1")
    assert page.inner_text("h1") == "This was not done"
