"""Propose, as people see it: questions, the whole form, files, and handing it in."""

import re
import tomllib
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from browser import log_in, pictures, violations
from fakes import photograph
from recognizance.gate.bundle import rules_root
from recognizance.gate.case_files import load_case
from recognizance.gate.fields import FIELDS
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.templates import kinds, template
from recognizance.gate.writing import submission_toml
from recognizance.permits.waiting import send_back
from recognizance.service.console.sheet import SECTIONS, Sheet
from staff import PASSWORD

PHOTOGRAPHS = [
    {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": photograph(name)}
    for name in ("ana", "ben")
]


def outcome(page) -> str:
    return page.inner_text("#panel .stand .tag")


def choose(page, *names: str) -> None:
    for name in names:
        page.check(f'input[name=answer][value="{name}"]')
    with page.expect_navigation():
        page.click("text=Next")


# ---- what was typed ---------------------------------------------------------------------------


def test_every_field_stands_in_one_part_of_the_form():
    named = [spec.name for _, fields in SECTIONS for spec in fields]
    assert sorted(named) == sorted(spec.name for spec in FIELDS.values() if spec.statable)


@pytest.mark.parametrize("kind", ["cases", "templates"])
def test_a_submission_goes_through_a_file_and_an_address_unchanged(kind):
    if kind == "templates":
        submissions = [parse_submission(template(each).encode()) for each in kinds()]
    else:
        paths = sorted((rules_root() / "cases").glob("*.toml"))
        submissions = [submission_from(load_case(path).content) for path in paths]
    for submission in submissions:
        read = parse_submission(submission_toml(submission).encode())
        assert read == submission
        address = Sheet.of_submission(submission).address("/propose/form")
        sheet = Sheet.of(parse_qsl(urlsplit(address).query))
        assert not sheet.errors
        assert sheet.submission == submission


# ---- pages ------------------------------------------------------------------------------------


def test_questions_grow_into_a_proposal_with_the_gate_beside_them(visit, screenshots):
    page = visit("/propose", by="operator")
    assert "You have proposed nothing yet" in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "propose")
    page.click("text=Answer questions")
    assert outcome(page) == "open"
    assert violations(page) == []
    page.click("text=Next")
    assert "Nothing was chosen" in page.inner_text("[role=alert]")
    choose(page, "private")
    choose(page, "identify_1toN")
    assert page.locator("#given + dl dt").count() == 2
    choose(page, "shop")
    page.go_back()
    assert page.inner_text("h1") == "At what kind of place?"
    page.go_forward()
    choose(page, "everyone_passing", "customers")
    choose(page, "fixed")
    page.click("text=Leave it open")
    page.check('input[value="alert.group"]')
    page.wait_for_selector("#panel .tag.is-refuse")  # at once, before it is sent
    assert "HR-" in page.inner_text("#panel")
    assert violations(page) == []
    pictures(page, screenshots, "propose-ask")
    with page.expect_navigation():
        page.click("text=Next")
    assert page.inner_text("h1") == "That is all that is asked"
    page.click(".beside dd a >> nth=2")  # the place
    choose(page, "office")
    assert "place.kind=office" in page.url
    page.goto(page.url)
    assert outcome(page) == "refused"


def test_the_whole_form_keeps_what_cannot_be_read_and_leads_to_it(visit, screenshots):
    page = visit("/propose/template/opted_in", by="operator")
    assert outcome(page) == "open"
    assert page.input_value("[name=title]") == "A small door"
    page.fill("[name='cam.count']", "two or three")
    page.fill("[name=operator]", "<script>alert(1)</script> & Sons")
    page.click("text=Check what I typed")
    wrong = page.locator("[role=alert] a")
    assert wrong.count() == 1
    wrong.click()
    assert page.evaluate("document.activeElement.name") == "cam.count"
    assert page.input_value("[name='cam.count']") == "two or three"
    assert page.input_value("[name=operator]") == "<script>alert(1)</script> & Sons"
    assert violations(page) == []
    pictures(page, screenshots, "propose-form")
    assert len(page.content()) < 200_000
    page.fill("[name='cam.count']", "2")
    with page.expect_download() as download:
        page.click("form >> text=Download as TOML")
    written = tomllib.loads(download.value.path().read_text())
    assert written["operator"] == "<script>alert(1)</script> & Sons"
    assert written["cam"]["count"] == 2


def test_a_file_that_is_none_is_told_and_kept_and_a_good_one_is_read(visit):
    page = visit("/propose", by="operator")
    page.fill("#text", 'class = "trial"\nfn = "read minds"')
    page.click("text=Read it")
    assert "cannot be 'read minds'" in page.inner_text("[role=alert]")
    assert "read minds" in page.input_value("#text")
    text = template("door").encode()
    page.set_input_files(
        "#file", {"name": "door.toml", "mimeType": "application/toml", "buffer": text}
    )
    page.click("text=Read it")
    page.wait_for_url("**/propose/form?**")
    sheet = Sheet.of(parse_qsl(urlsplit(page.url).query))
    assert sheet.submission == parse_submission(text)


def test_a_refusal_is_recorded_with_its_reasons_and_leads_back_with_everything(
    visit, house, screenshots
):
    asked = tomllib.loads(template("trial")) | {
        "infer": ["ethnicity"],
        "operator": "=Police, cyber cell",
    }
    asked["op"] |= {"kind": "police"}
    page = visit(
        Sheet.of_submission(submission_from(asked)).address("/propose/check"), by="operator"
    )
    page.click("text=Hand it in >> nth=-1")
    assert "bound to its photographs" in page.inner_text("[role=alert]")
    page.set_input_files("#photographs", PHOTOGRAPHS)
    page.click("button:text('Hand it in')")
    assert page.inner_text("h1") == "No permit was given"
    assert "HR-" in page.inner_text(".rules")
    assert violations(page) == []
    pictures(page, screenshots, "propose-refused")
    entry = int(re.search(r"decisions/(\d+)", page.inner_text("main")).group(1))
    page.reload()  # asks, and hands nothing in again
    page.click("text=Amend it")
    assert "permit.sample" in page.url
    assert page.input_value("[name=operator]") == "=Police, cyber cell"
    public = house.office.workspace.ledger.entry("decisions", entry).public
    assert public["requester"] == "=Police, cyber cell"
    assert public["deciding"]
    assert set(public["deciding"]) <= set(public["rules"])
    page.goto("/register/refused")
    cells = page.locator("tbody tr >> nth=0").inner_text()
    assert all(rule in cells for rule in public["deciding"])
    table = page.context.request.get(f"{house.address}/register/refused?format=csv").text()
    assert '"\'=Police, cyber cell"' in table  # no spreadsheet runs it


def test_a_trial_waits_for_an_officer_is_returned_and_amended(visit, house, screenshots):
    sheet = Sheet.of_submission(parse_submission(template("trial").encode()))
    page = visit(sheet.address("/propose/check"), by="operator")
    assert violations(page) == []
    pictures(page, screenshots, "propose-check")
    page.set_input_files("#photographs", PHOTOGRAPHS)
    page.fill("[name='permit.gallery']", "g-1")
    page.click("summary:text('Narrow it')")
    page.fill("[name='permit.officers']", "2")
    page.click("button:text('What would the gate say now?')")
    assert "2 photographs and clips are bound already" in page.inner_text("main")
    page.click("button:text('Hand it in')")
    page.wait_for_url("**/propose/sent/**")
    assert "Who can sign now: officer, officer-2" in page.inner_text("main")
    assert "It takes 2 officers" in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "propose-sent")
    permit_id = urlsplit(page.url).path.rpartition("/")[2]
    workspace = house.office.workspace
    reason = "<b>Name</b> the photographer"
    officer = workspace.acting("officer").principal
    send_back(workspace, permit_id, reason=reason, by=officer)
    page.reload()
    assert reason in page.inner_text("main")
    page.click("text=Amend it")
    assert "permit.gallery=g-1" in page.url
    assert page.url.count("permit.sample=") == 2
    assert "permit.officers=2" in page.url
    page.goto("/propose")
    assert page.inner_text("tbody tr >> nth=0 >> .tag") == "returned"


def test_an_error_rate_is_chosen_and_never_a_default(visit):
    said = tomllib.loads(template("opted_in_access"))
    page = visit(
        Sheet.of_submission(submission_from(said)).address("/propose/check"), by="operator"
    )
    page.click("button:text('Hand it in')")
    told = page.inner_text("[role=alert]")
    assert "there is no default" in told
    assert "How many references" in told
    page.check("#rate-fpir")
    page.fill("[name='permit.target']", "1e-12")
    page.fill("[name='permit.size']", "40")
    page.fill("[name='permit.gallery']", "door")
    page.click("button:text('Hand it in')")
    assert "Nothing was handed in" in page.inner_text("[role=alert]")
    assert page.input_value("[name='permit.target']") == "1e-12"
    assert violations(page) == []


@pytest.mark.parametrize("who", ["officer", "reviewer-1", "auditor"])
def test_who_does_not_propose_is_told_so(visit, who):
    page = visit("/propose", by=who)
    assert page.inner_text("h1") == "This was not done"


def test_it_is_whole_without_a_script(browser, house):
    context = browser.new_context(base_url=house.address, java_script_enabled=False)
    page = context.new_page()
    log_in(page, house.address, "operator", PASSWORD)
    page.goto("/propose/ask")
    page.check('input[value="police"]')
    page.click("text=Next")
    page.check('input[value="predict"]')
    page.click("text=Next")
    assert outcome(page) == "refused"
    context.close()


def test_a_form_of_another_page_hands_nothing_in(house):
    with httpx.Client(base_url=house.address) as client:
        answer = client.post("/propose", data={"class": "trial"})
    assert answer.status_code == 401
