import tomllib

import pytest
import zxingcpp
from PIL import Image

from browser import pictures, violations
from recognizance.gate.submission import submission_from
from recognizance.gate.templates import template
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.objecting import answer


@pytest.fixture(scope="module")
def permit(house):
    return house.office.permit()


def test_anybody_reads_the_register_and_objects(visit, house, permit, screenshots):
    page = visit("/register")
    page.click(f"text={permit}")
    assert page.inner_text("h1 .tag") == "in force"
    assert "Self-attested" in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "register-permit")

    page.click("#objections summary")
    page.fill("#text", "<script>alert(1)</script> My child plays there.")
    page.fill("#name", "Somebody")
    page.check("#shown")
    page.click("text=Lodge the objection")
    page.wait_for_selector(".said.is-good")
    assert page.inner_text("blockquote") == "<script>alert(1)</script> My child plays there."
    assert "Somebody" not in page.inner_text("main")

    registry = house.office.workspace.registry
    registry.refresh()
    (lodged,) = registry.objections.lodged
    officer = house.office.workspace.acting("officer").principal
    now = house.office.workspace.clock()
    answer(registry, lodged, "The trial ends today.", by=officer, now=now)
    page.reload()
    assert "The trial ends today." in page.inner_text(".objection")


def test_the_notice_leads_to_the_permit(visit, house, permit, screenshots):
    page = visit(f"/register/{permit}/notice")
    picture = screenshots / "notice-code.png"
    page.locator(".code svg").screenshot(path=picture)
    (code,) = zxingcpp.read_barcodes(Image.open(picture))
    assert code.text == f"{house.address}/register/{permit}"
    page.goto(code.text)
    assert permit in page.inner_text("h1")
    page.goto(f"/register/{permit}/notice")
    assert violations(page) == []
    pictures(page, screenshots, "notice")


def test_refusals_stand_in_the_register_with_their_rules(visit, house, screenshots):
    workspace = house.office.workspace
    asked = submission_from(tomllib.loads(template("trial")) | {"infer": ["ethnicity"]})
    issued = propose(
        workspace,
        Proposal(submission=asked, gallery_size=10),
        proposer=workspace.acting("operator"),
        officers=[workspace.acting("officer")],
    )
    assert issued.permit is None
    page = visit("/register/refused")
    assert page.locator("tbody tr").count() == 1
    assert "HR-01" in page.inner_text("tbody")
    assert "No inference of protected traits" in page.inner_text("main dl")
    assert violations(page) == []
    pictures(page, screenshots, "register-refused")


def test_who_asks_for_no_permit_is_told_so(visit, house):
    page = visit("/register/0123456789abcdef")
    assert page.inner_text("h1") == "This was not done"
    assert "no public permit" in page.inner_text("main")
