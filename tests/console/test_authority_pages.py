"""The letter to the authority, taken there and back: exported, answered, and taken in."""

import pytest

from authority.authority_site import LOUNGE, make_authority
from browser import pictures, violations
from recognizance.gate.scope import Scope
from recognizance.gate.submission import parse_submission
from recognizance.permits.issuing import Proposal
from recognizance.permits.waiting import put_forward
from recognizance.types import ErrorRate

AUTHORITY = make_authority


@pytest.fixture
def letter(visit, house, request):
    """A proposal that an officer signed, the page of who made it, and the letter from there."""
    workspace = house.office.workspace
    site = f"lounge-{len(workspace.registry.issued)}"
    made = put_forward(
        workspace,
        Proposal(
            parse_submission(LOUNGE.encode()),
            target=(ErrorRate.FPIR, 10_000_000),
            gallery_ids=frozenset({"g"}),
            gallery_size=10,
            scope=Scope(sites=frozenset({site})),
        ),
        proposer=workspace.acting("operator").principal,
    )
    assert made.permit is not None, [each.rule_id for each in made.decision.deciding]
    permit_id = made.permit.permit_id
    page = visit(f"/propose/sent/{permit_id}", by="operator")
    officers = ("officer", "officer-2")
    for name in officers:
        page.goto(f"/propose/sent/{permit_id}")
        if page.inner_text("h1 .tag") != "waiting":
            break
        signing = visit(f"/decide/{permit_id}", by=name)
        signing.check("#read")
        signing.click("button:text('Sign')")
        signing.wait_for_load_state()
        letter_too = signing.locator("button:text('Sign the letter')")
        if letter_too.count():
            letter_too.click()
            signing.wait_for_load_state()
    page.goto(f"/propose/sent/{permit_id}")
    assert page.inner_text("h1 .tag") == "signed"
    page.click("button:text('Sign the letter')")
    page.wait_for_selector("h1 .tag:text('requested')")
    with page.expect_download() as download:
        page.click("text=Download the letter")
    assert download.value.suggested_filename == f"{permit_id}.request.json"
    return permit_id, page, download.value.path().read_bytes()


def bring(page, data, name="answer.json"):
    file = {"name": name, "mimeType": "application/json", "buffer": data}
    page.set_input_files("#answer", file)
    page.click("button:text('Take it in')")
    page.wait_for_load_state()


def test_a_refusal_is_told_with_its_reason_and_nothing_comes_into_force(visit, house, letter):
    permit_id, page, data = letter
    refused = house.authority.refuse(data, "There are enough of these <b>here</b>.").letter
    bring(page, refused)
    told = page.inner_text("main")
    assert "refused" in told
    assert "There are enough of these <b>here</b>." in told
    assert violations(page) == []
    workspace = house.office.workspace
    workspace.registry.refresh()
    assert permit_id not in workspace.registry.issued
    assert page.locator("#answer").count() == 0, "it is answered"


def test_the_letter_goes_out_and_its_answer_puts_the_permit_into_force(
    visit, house, letter, screenshots
):
    permit_id, page, data = letter
    assert violations(page) == []
    pictures(page, screenshots, "authority-letter")
    assert visit(f"/propose/sent/{permit_id}/letter", by="officer").inner_text("h1") != ""
    for wrong in (b"{}", data, house.authority.countersign(data).letter[:-20]):
        bring(page, wrong, "<b>=1+1</b>.json")
        assert page.inner_text("h1") == "This was not done"
        page.goto(f"/propose/sent/{permit_id}")
        assert page.inner_text("h1 .tag") == "requested"
    bring(page, house.authority.countersign(data).letter)
    assert page.inner_text("h1 .tag") == "in force"
    assert violations(page) == []
    workspace = house.office.workspace
    workspace.registry.refresh()
    assert not workspace.shelf.find(permit_id).self_attested
    page.goto(f"/register/{permit_id}")
    assert page.locator("h1 .tag").inner_text() == "in force"
    officer = visit("/decide/permits", by="officer")
    assert "None was brought in yet." in officer.inner_text("main")
    house.authority.withdraw(permit_id, "The lounge was closed.")
    listed = house.authority.list_status()
    file = {"name": "s.json", "mimeType": "application/json", "buffer": listed}
    officer.set_input_files("#list", file)
    officer.click("button:text('Bring it in')")
    officer.wait_for_load_state()
    assert "The newest here is list" in officer.inner_text("main")
    assert violations(officer) == []
    officer.goto(f"/decide/permits/{permit_id}")
    assert officer.inner_text("h1 .tag") == "revoked"
