"""One deployment from its proposal to an erasure, told in a real browser, a picture a step.

The engine is the real one, on photographs and a clip of real people. Time is the office's own, so
that nobody waits for the least viewing time. The pictures make the tour (`tools/tour.py`).
"""

import io
import re
import zipfile

import pytest
import zxingcpp
from PIL import Image

from console.conftest import ROOT
from recognizance.registry import queue
from recognizance.review import LEAST_VIEWING
from telling import PHOTOGRAPHS, TOUR, Telling, cast_of, scores_by_sex, watching

pytestmark = pytest.mark.faces

ENGINE = None
GALLERY = "choir"
AUDITED = 30
"""Women, and as many men, on whose photographs the model is measured."""


@pytest.fixture
def cast(faces):
    return cast_of(faces)


@pytest.fixture
def tell(house, visit, screenshots, monkeypatch):
    # Every second lead is planted; which are, is drawn in a workspace that is not a test's.
    monkeypatch.setattr(queue, "gap_after", lambda _secret, _index: 1)
    return Telling(house, visit, screenshots / TOUR)


def test_from_a_proposal_to_an_erasure(tell, cast, faces):
    form = a_deployment_is_proposed(tell)
    the_gate_refuses_it_with_reasons(tell, form, cast)
    permit = it_is_amended_and_handed_in(tell, form, cast)
    two_officers_sign_it(tell, permit)
    what_no_program_can_see_is_attested(tell, permit)
    people_who_agreed_are_enrolled(tell, permit, cast)
    lead = somebody_is_searched_for(tell, permit, cast)
    a_clip_is_watched(tell, permit, cast)
    a_careful_reviewer_decides(tell, lead)
    a_careless_one_is_suspended(tell)
    the_rest_is_decided_with_care(tell)
    the_others_see_how_reviewers_do(tell)
    the_model_is_audited(tell, faces)
    a_passer_by_reads_the_notice(tell, permit)
    somebody_finds_out_what_is_held(tell, cast)
    and_is_erased(tell, permit, cast)
    assert tell.taken == shown_in_the_tour(), "the tour tells another story than this one"


# ---- a permit ---------------------------------------------------------------------------------


def a_deployment_is_proposed(tell):
    page = tell.go("operator", "/propose/template/trial")
    page.fill("[name=title]", "Who is in our rehearsal photographs?")
    page.fill("[name=operator]", "Harbour Choir")
    page.uncheck("input[name=infer][value=none]")
    page.check("input[name=infer][value=ethnicity]")
    page.wait_for_selector("#panel .tag.is-refuse")
    tell.picture(page, "proposed", at="#f-infer")
    return page


def the_gate_refuses_it_with_reasons(tell, page, cast):
    page.click("text=Go on")
    page.set_input_files("#photographs", files_of(*cast.bound))
    page.click("button:text('Hand it in')")
    page.wait_for_url("**/propose/result?**")
    assert page.inner_text("h1") == "No permit was given"
    assert "HR-01" in page.inner_text(".rules")
    tell.picture(page, "refused")


def it_is_amended_and_handed_in(tell, page, cast):
    page.click("text=Amend it")
    page.uncheck("input[name=infer][value=ethnicity]")
    page.check("input[name=infer][value=none]")
    page.wait_for_selector("#panel .tag.is-permit-with-conditions")
    page.click("text=Go on")
    assert f"{len(cast.bound)} photographs and clips are bound already" in page.inner_text("#terms")
    page.fill("[name='permit.gallery']", GALLERY)
    page.click("summary:has-text('Narrow it')")
    page.fill("[name='permit.officers']", "2")
    page.click("button:text('Hand it in')")
    page.wait_for_url("**/propose/sent/**")
    assert "It takes 2 officers" in page.inner_text("main")
    tell.picture(page, "handed-in")
    return re.search(r"/sent/(\w+)", page.url).group(1)


def two_officers_sign_it(tell, permit):
    for name, signed in (("officer", "waiting"), ("officer-2", "in force")):
        page = tell.go(name, f"/decide/{permit}")
        if name == "officer-2":
            assert "officer (2 needed)" in page.inner_text(".facts")
            tell.picture(page, "decided")
        page.check("#read")
        page.click("button:text('Sign')")
        page.wait_for_selector(f"h1 .tag:text-is('{signed}')")
    tell.picture(page, "signed-by-two")


def what_no_program_can_see_is_attested(tell, permit):
    page = tell.go("officer", f"/decide/permits/{permit}")
    tell.picture(page, "duties")
    while owed := page.locator(".duty").count():
        page.locator(".duty textarea").first.fill("It is so: the list stays with the board.")
        page.locator(".duty button").first.click()
        page.wait_for_function("owed => document.querySelectorAll('.duty').length < owed", arg=owed)


# ---- uses -------------------------------------------------------------------------------------


def people_who_agreed_are_enrolled(tell, permit, cast):
    page = tell.go("operator", f"/enroll?permit={permit}")
    page.click(f"text=Make the gallery {GALLERY}")
    for who, photograph in cast.enrolled.items():
        page.goto(f"/enroll?permit={permit}")
        page.fill("#subject", who)
        page.select_option("#provenance", "own_enrollment")
        page.fill("#ground", f"release-{who}")
        page.select_option("#minor", "no")
        page.set_input_files("#photograph", files_of(photograph))
        page.click("button.go")
        page.wait_for_url("**/search/*")
        assert page.inner_text("h1") == "The person is enrolled"
    tell.picture(page, "enrolled")


def somebody_is_searched_for(tell, permit, cast):
    """A lead about the first of those who are sought; another search puts more into the queue."""
    leads = []
    for photograph in cast.sought.values():
        page = tell.go("operator", f"/search?permit={permit}")
        page.set_input_files("#photograph", files_of(photograph))
        page.click("button.go")
        page.wait_for_url("**/search/*")
        assert "A lead, not an identification." in page.inner_text("main")
        assert "person-" not in page.inner_text("main")
        leads.append(page.get_attribute("a:text('See where it waits')", "href").rpartition("/")[2])
    tell.picture(page, "a-lead")
    return leads[0]


def a_clip_is_watched(tell, permit, cast):
    with watching(tell.workspace, permit, GALLERY, cast.clip):
        page = tell.go("operator", "/live")
        page.wait_for_selector("#link-state[data-now=on]")
        page.wait_for_selector(f"#use-{permit} .tag:text-is('watching')")
        tell.wait(seconds=61)
        page.wait_for_function(
            "id => document.getElementById(id).innerText.match(/In view at once\\s+1 at most/)",
            arg=f"use-{permit}",
        )
        tell.picture(page, "live")


# ---- people decide ----------------------------------------------------------------------------


def decide(tell, page, key: str, reason: str) -> None:
    """Look for as long as it takes, and say it with the keyboard."""
    tell.wait(seconds=LEAST_VIEWING.total_seconds())
    page.reload()
    page.keyboard.press(key)
    page.fill("#reason", reason)
    page.click("button.go")
    page.wait_for_selector(".said.is-good, .said.is-stop")


def a_careful_reviewer_decides(tell, lead):
    page = tell.go("reviewer-1", f"/review/{lead}")
    tell.wait(seconds=LEAST_VIEWING.total_seconds())
    page.reload()
    tell.picture(page, "reviewed", faces=("person-1",) * page.locator(PHOTOGRAPHS).count())
    decide(tell, page, "1", "The ears agree, and the line of the jaw.")
    assert page.inner_text("h1 .tag") == "confirmed"
    tell.picture(page, "confirmed", faces=("person-1",) * page.locator(PHOTOGRAPHS).count())


def a_careless_one_is_suspended(tell):
    """Whoever says to every lead that it is the same person meets those that were planted."""
    page = tell.go("reviewer-2", "/review/next")
    checks = 0
    while "Is " in page.inner_text("h1"):
        decide(tell, page, "1", "Looks the same.")
        if page.inner_text("h1") != "Review":
            checks += page.inner_text("h1 .tag") == "check"
            page.goto("/review/next")
    assert checks == 1, "the second one suspends"
    assert "You are suspended" in page.inner_text(".said.is-stop")
    tell.picture(page, "suspended")


def the_rest_is_decided_with_care(tell):
    page = tell.go("reviewer-1", "/review/next")
    while "Is " in page.inner_text("h1"):
        decide(tell, page, "1", "The ears agree.")
        page.goto("/review/next")
    assert tell.workspace.gallery.queued(["open"]) == 0


def the_others_see_how_reviewers_do(tell):
    page = tell.go("auditor", "/review/checks")
    row = page.locator("tr", has_text="reviewer-2").inner_text()
    assert "suspended" in row
    assert "100.0 %" in row
    tell.picture(page, "reviewers-measured")


# ---- the public -------------------------------------------------------------------------------


def the_model_is_audited(tell, faces):
    table = scores_by_sex(faces, tell.workspace.engine, AUDITED)
    page = tell.go("auditor", "/audit/new")
    page.set_input_files("#table", files_of(table, name="scores.csv", kind="text/csv"))
    page.fill("#groups", "sex")
    page.click("summary:has-text('More')")
    page.fill("#targets", "1/100")
    page.fill("#system", "The choir's model")
    page.fill("#version", "1")
    page.click("button:text('Begin to measure')")
    page.wait_for_url("**/audit/jobs/*")
    page.wait_for_selector("h1 .tag:has-text('done')")
    tell.picture(page, "audited")
    page.click("text=Read the report")
    page.wait_for_selector("#summary")
    tell.picture(page, "audit-report")


def a_passer_by_reads_the_notice(tell, permit):
    page = tell.go(None, f"/register/{permit}/notice")
    seen = Image.open(io.BytesIO(page.locator(".code svg").screenshot()))
    (code,) = zxingcpp.read_barcodes(seen)
    tell.picture(page, "notice")
    page.goto(code.text)
    assert permit in page.inner_text("h1")
    assert page.inner_text("h1 .tag") == "in force"
    tell.picture(page, "register")
    page.goto("/register/refused")
    assert "HR-01" in page.inner_text("tbody")
    tell.picture(page, "register-refused")


# ---- the person -------------------------------------------------------------------------------


def ask(tell, kind: str, words: str, photograph: bytes):
    """Take down what person-1 asks, and establish by a photograph that it is person-1."""
    page = tell.go("operator", "/subjects")
    page.check(f"#kind-{kind}")
    page.fill("#subject", "person-1")
    page.fill("#words", words)
    page.click("button:has-text('Take it down')")
    page.wait_for_url("**/subjects/*")
    page.set_input_files("#photograph", files_of(photograph))
    page.click("button:has-text('Record it')")
    page.wait_for_selector("text=What is held")
    return page


def somebody_finds_out_what_is_held(tell, cast):
    page = ask(tell, "access", "What do you have about me?", cast.sought["person-1"])
    tell.picture(page, "held")
    with page.expect_download() as download:
        page.click("button:has-text('Hand it over')")
    packed = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    assert "held.json" in packed.namelist()
    assert "release-person-1" in packed.read("held.json").decode()


def and_is_erased(tell, permit, cast):
    page = ask(tell, "erasure", "Take me out of it, please.", cast.sought["person-1"])
    page.click("button:has-text('Erase this person')")
    page.wait_for_selector("h1 .tag.is-answered")
    assert "erased: nothing is left" in page.inner_text("main")
    tell.picture(page, "erased")
    assert "person-1" not in tell.workspace.gallery.subjects(GALLERY)
    page.goto(f"/search?permit={permit}")
    page.set_input_files("#photograph", files_of(cast.sought["person-1"]))
    page.click("button.go")
    page.wait_for_url("**/search/*")
    assert page.inner_text("h1") == "Nobody of the gallery was found"


# ---- what steps share -------------------------------------------------------------------------


def shown_in_the_tour() -> list[str]:
    tour = (ROOT / "docs" / "tour.md").read_text("utf-8")
    return re.findall(r"\(images/tour/([\w-]+)\.png\)", tour)


def files_of(*data: bytes, name: str = "picture.jpg", kind: str = "image/jpeg") -> list[dict]:
    """Files as a browser is given them."""
    return [
        {"name": f"{n}-{name}", "mimeType": kind, "buffer": each} for n, each in enumerate(data)
    ]
