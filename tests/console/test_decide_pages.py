"""Decide, as officers see it: what waits, its evidence, signatures, and permits in force."""

import re
import tomllib

import pytest

from browser import pictures, violations
from fakes import photograph
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.templates import template
from recognizance.keys.files import KeyKind, change_passphrase
from recognizance.permits.issuing import Proposal
from recognizance.permits.objecting import lodge
from recognizance.permits.waiting import put_forward
from recognizance.service.accounts import Accounts
from recognizance.service.store import Store
from recognizance.types import ErrorRate, Role
from staff import PASSWORD

TRIAL = tomllib.loads(template("trial"))


@pytest.fixture
def proposed(house):
    """Proposes a trial; gives its id."""
    workspace = house.office.workspace

    def propose(*, by="operator", **said) -> str:
        made = put_forward(
            workspace,
            Proposal(
                submission_from(TRIAL | said),
                gallery_ids=frozenset({"g-d"}),
                photographs=(photograph("ana"), photograph("ana", note="2")),
            ),
            proposer=workspace.acting(by).principal,
        )
        return made.permit.permit_id

    return propose


def test_an_officer_reads_the_evidence_and_signs(visit, proposed, screenshots):
    permit_id = proposed(title="<img src=x onerror=alert(1)> A trial")
    page = visit("/decide", by="officer")
    assert violations(page) == []
    pictures(page, screenshots, "decide")
    page.click(f"text={permit_id}")
    assert "<img src=x onerror=alert(1)>" in page.inner_text("h1")
    told = page.inner_text("main")
    assert "at most 1 in 1,000 comparisons" in told
    assert re.search(r"\d %, at most \d", told)
    assert violations(page) == []
    pictures(page, screenshots, "decide-one")
    page.check("#read")
    page.click("button:text('Sign')")
    page.wait_for_selector(".said.is-good")
    page.go_back()
    page.reload()
    assert page.locator("button:text('Sign')").count() == 0
    page.goto(f"/register/{permit_id}")
    assert page.inner_text("h1 .tag") == "in force"


def test_two_tabs_decide_the_same_and_the_second_is_told(visit, proposed):
    permit_id = proposed()
    first = visit(f"/decide/{permit_id}", by="officer")
    second = visit(f"/decide/{permit_id}", by="officer-2")
    first.click("summary:text('Decline it')")
    first.fill("#no-reason", "=1+1 Not <b>here</b>")
    first.click("button:text('Decline it')")
    assert "=1+1 Not <b>here</b>" in first.inner_text("main")
    second.check("#read")
    second.click("button:text('Sign')")
    assert second.inner_text("h1") == "This was not done"
    assert permit_id not in second.context.request.get("/decide").text()


def test_who_proposed_does_not_sign(visit, house, proposed, screenshots):
    house.office.add("both", Role.PROPOSER, Role.SIGNING_OFFICER)
    workspace = house.office.workspace
    with Store(workspace.layout.service, wait_s=1.0) as store:
        Accounts(store).add(workspace.acting("both").principal, PASSWORD, now=workspace.clock())
    permit_id = proposed(by="both")
    page = visit(f"/decide/{permit_id}", by="both")
    assert "Who proposes does not sign" in page.inner_text("main")
    csrf = page.get_attribute("[name=csrf] >> nth=0", "value")
    answer = page.context.request.post(
        f"/decide/{permit_id}/sign", form={"csrf": csrf, "read": "yes"}
    )
    assert answer.status == 403
    assert "did not propose" in answer.text() or "proposed" in answer.text()


def test_a_locked_key_opens_with_its_passphrase_for_one_signature(visit, house, proposed):
    workspace = house.office.workspace
    key = workspace.layout.principal_key("officer-2")
    change_passphrase(key, KeyKind.PRINCIPAL, unlock=None, new=b"twelve horses in a row")
    permit_id = proposed()
    page = visit(f"/decide/{permit_id}", by="officer-2")
    for words in ("a wrong one, but long", "twelve horses in a row"):
        page.goto(f"/decide/{permit_id}")
        page.fill("#passphrase", words)
        page.check("#read")
        page.click("button:text('Sign')")
    page.wait_for_selector(".said.is-good")


def test_a_permit_is_attested_stopped_resumed_answered_and_revoked(visit, house, screenshots):
    workspace = house.office.workspace
    permit_id = house.office.permit(gallery="g-p")
    lodge(workspace.registry, permit_id, "<script>alert(1)</script> why?", now=workspace.clock())
    page = visit("/decide/permits", by="officer")
    assert violations(page) == []
    page.click(f"text={permit_id}")
    assert "<script>alert(1)</script> why?" in page.inner_text("blockquote")
    assert violations(page) == []
    pictures(page, screenshots, "decide-permit")
    for action, verb, state in (
        ("suspend", "Stop every use now", "stopped"),
        ("resume", "Let it go on", "in force"),
    ):
        page.click(f"summary:text('{verb}')")
        page.fill(f"#{action}-reason", "because")
        page.click(f"button:text('{verb}')")
        page.wait_for_selector(f"h1 .tag:text('{state}')")
    page.fill("#objections textarea", "It ends tomorrow.")
    page.click("#objections button")
    assert "It ends tomorrow." in page.inner_text("#objections")
    page.click("summary:text('Revoke it for good')")
    page.fill("#revoke-reason", "the trial is over")
    page.check("#revoke-sure")
    page.click("button:text('Revoke it for good')")
    page.wait_for_selector("h1 .tag:text('revoked')")
    assert violations(page) == []


def test_a_duty_is_attested_in_words(visit, house):
    workspace = house.office.workspace
    made = put_forward(
        workspace,
        Proposal(
            parse_submission(template("opted_in_access").encode()),
            target=(ErrorRate.FMR, 1_000_000),
            gallery_size=40,
            gallery_ids=frozenset({"door"}),
        ),
        proposer=workspace.acting("operator").principal,
    )
    assert made.permit is not None, [each.rule_id for each in made.decision.deciding]
    page = visit(f"/decide/{made.permit.permit_id}", by="officer")
    page.check("#read")
    page.click("button:text('Sign')")
    page.click("text=See the permit")
    owed = page.locator(".duty").count()
    assert owed
    page.locator(".duty textarea").first.fill(f"{made.permit.permit_id}: it is so, since today.")
    page.locator(".duty button").first.click()
    page.wait_for_load_state()
    assert page.locator(".duty").count() == owed - 1


@pytest.mark.parametrize("who", ["operator", "reviewer-1", "auditor"])
def test_who_does_not_sign_is_told_so(visit, who):
    page = visit("/decide", by=who)
    assert page.inner_text("h1") == "This was not done"


def test_a_signature_needs_a_login_of_just_now(visit, house, proposed):
    permit_id = proposed()
    page = visit(f"/decide/{permit_id}", by="officer")
    house.office.workspace.clock.advance(minutes=6)
    page.check("#read")
    page.click("button:text('Sign')")
    page.click("a.button:text('Log in again')")
    page.fill("#name", "officer")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url(f"**/decide/{permit_id}")


def test_a_form_without_the_token_decides_nothing(visit, proposed):
    permit_id = proposed()
    page = visit("/decide", by="officer")
    answer = page.context.request.post(f"/decide/{permit_id}/decline", form={"reason": "x"})
    assert answer.status == 403
    assert permit_id in page.context.request.get("/decide").text()
