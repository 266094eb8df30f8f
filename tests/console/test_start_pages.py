"""Start, and one's own account."""

import pytest

from browser import log_in, pictures, violations
from fakes import photograph
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.permits.issuing import Proposal
from recognizance.permits.waiting import put_forward, sign
from recognizance.types import Role
from staff import PASSWORD

PHOTOGRAPHS = [
    {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photograph("ana", note=str(n))}
    for n in range(3)
]


def test_an_empty_workspace_teaches_and_shows_three_roads(visit, screenshots):
    page = visit("/")
    assert page.locator(".cards.three .card").count() == 3
    assert "How a use comes about" in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "start")


@pytest.mark.parametrize(
    ("road", "by", "walks"),
    [
        ("demo", "operator", True),
        ("demo", "auditor", False),
        ("deployment", "operator", True),
        ("deployment", "reviewer-1", False),
        ("audit", "auditor", True),
        ("audit", "operator", False),
        ("demo", None, False),
    ],
)
def test_a_road_says_who_walks_it(visit, road, by, walks):
    page = visit(f"/start/{road}", by=by)
    told = page.inner_text("main")
    assert ("This road is for the role" not in told) == walks
    if by and not walks:
        assert "Who can walk it:" in told
    if by is None:
        assert "officer-2" not in told
    assert violations(page) == []


def test_the_first_road_ends_in_a_permit(visit, house, screenshots):
    page = visit("/start/demo", by="operator")
    page.set_input_files("#photographs", PHOTOGRAPHS[:1])
    page.fill("#operator", "<i>Ana</i> & Co")
    page.check("#agreed")
    page.click("button:text('Propose the trial')")
    assert "and 1 came" in page.inner_text("[role=alert]")
    assert page.input_value("#operator") == "<i>Ana</i> & Co"
    pictures(page, screenshots, "start-demo")
    page.set_input_files("#photographs", PHOTOGRAPHS)
    page.check("#agreed")
    page.click("button:text('Propose the trial')")
    page.wait_for_url("**/propose/sent/**")
    permit_id = page.url.partition("?")[0].rpartition("/")[2]
    signing = visit("/", by="officer")
    assert "waits for an officer" in signing.inner_text("main")
    signing.goto(f"/decide/{permit_id}")
    signing.check("#read")
    signing.click("button:text('Sign')")
    signing.wait_for_selector(".said.is-good")
    page.reload()
    assert page.inner_text("h1 .tag") == "in force"
    assert page.locator("a:text('Go to Search')").count() == 1
    house.office.workspace.registry.refresh()
    permit = house.office.workspace.shelf.find(permit_id)
    assert len(permit.sample_digests) == 3


def test_nobody_finds_a_road_that_is_none(visit):
    assert visit("/start/shortcut").inner_text("h1") == "This was not done"


def test_an_account_shows_roles_and_ends_sessions(visit, house, screenshots):
    other = visit("/", by="officer-2")
    page = visit("/account", by="officer-2")
    assert Role.SIGNING_OFFICER.value.replace("_", " ") in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "account")
    page.click("button:text('End all but this one')")
    page.wait_for_selector(".said.is-good")
    assert page.locator("tbody tr").count() == 1
    other.goto("/account")
    assert "/login" in other.url


def test_a_password_is_changed_by_who_knows_the_old_one(visit, house):
    page = visit("/account", by="reviewer-2")
    new = "another password, long enough"
    for old, words, again, told in (
        (PASSWORD, new, "something else, long enough", "in two ways"),
        ("wrong and long enough to be one", new, new, ""),
    ):
        page.fill("#old", old)
        page.fill("#new", words)
        page.fill("#again", again)
        page.click("button:text('Change the password')")
        assert told in page.inner_text("[role=alert]")
    page.fill("#old", PASSWORD)
    page.fill("#new", new)
    page.fill("#again", new)
    page.click("button:text('Change the password')")
    page.wait_for_selector(".said.is-good")
    page.click("text=Log out")
    log_in(page, house.address, "reviewer-2", new)
    page.goto("/account")
    assert page.inner_text("h1") == "Your account"


def test_a_passkey_is_added_and_logs_in_and_is_removed(visit, house):
    address = house.address.replace("127.0.0.1", "localhost")
    page = visit("/help")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    log_in(page, address, "auditor", PASSWORD)
    page.goto(f"{address}/account")
    page.fill("#label", "<b>my telephone</b>")
    page.click("text=Add a passkey")
    page.wait_for_selector(".keyring li")
    assert "<b>my telephone</b>" in page.inner_text(".keyring")
    assert violations(page) == []
    page.click("text=Log out")
    page.goto(f"{address}/login?next=/account")
    page.click("text=Log in with a passkey")
    page.wait_for_url("**/account")
    page.click(".keyring button")
    page.wait_for_selector("text=You have none yet.")


def test_the_gallery_that_a_permit_names_is_made_where_it_is_missed(visit, house, screenshots):
    office = house.office
    made = put_forward(
        office.workspace,
        Proposal(
            parse_submission(template("trial").encode()),
            gallery_ids=frozenset({"choir"}),
            photographs=tuple(office.photographs),
        ),
        proposer=office.workspace.acting("operator").principal,
    )
    permit = made.permit.permit_id
    sign(office.workspace, permit, officer=office.workspace.acting("officer"))
    page = visit(f"/enroll?permit={permit}", by="operator")
    assert violations(page) == []
    pictures(page, screenshots, "enroll-no-gallery")
    csrf = page.get_attribute("[name=csrf] >> nth=0", "value")
    form = {"csrf": csrf, "permit": permit, "gallery": "orchestra"}
    told = page.context.request.post("/enroll/gallery", form=form)
    assert told.status == 403
    assert "does not name this gallery" in told.text()
    page.click("text=Make the gallery choir")
    page.wait_for_selector("form.ask")
    assert page.inner_text("#gallery option") == "choir"
    reviewer = visit("/", by="reviewer-1")
    csrf = reviewer.get_attribute("[name=csrf] >> nth=0", "value")
    told = reviewer.context.request.post("/enroll/gallery", form=form | {"csrf": csrf})
    assert told.status == 403
