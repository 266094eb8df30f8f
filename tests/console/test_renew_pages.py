"""Another term, the order that a use waits for, its figures: as officers and proposers see them."""

from datetime import timedelta

import pytest

from browser import pictures, violations
from hooked import Hooked, condition
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.objecting import lodge
from recognizance.permits.oversight import suspend
from recognizance.types import ErrorRate

SPELL = "=1+1 <script>alert(1)</script>"


@pytest.fixture
def ending(house):
    """A permit that can be renewed: it has five days to go."""
    workspace = house.office.workspace
    issued = propose(
        workspace,
        Proposal(
            parse_submission(template("opted_in_access").encode()),
            target=(ErrorRate.FMR, 1_000_000),
            gallery_size=40,
            gallery_ids=frozenset({"door"}),
        ),
        proposer=workspace.acting("operator"),
        officers=[workspace.acting("officer")],
    )
    assert issued.permit is not None, [each.rule_id for each in issued.decision.deciding]
    workspace.clock.advance(days=25)
    return issued.permit.permit_id


def sign(visit, permit_id):
    page = visit(f"/decide/{permit_id}", by="officer")
    page.check("#read")
    page.click("button:text('Sign')")
    page.wait_for_load_state()
    return page


def test_a_permit_is_renewed_signed_and_names_the_old_one(visit, house, ending, screenshots):
    page = visit(f"/propose/renew/{ending}", by="operator")
    assert "It lasted 30 days" in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "renew")
    for days, said in (("many", "no number of days"), ("20", None)):
        page.fill("#days", days)
        page.click("button:text('Hand the renewal in')")
        if said:
            assert said in page.inner_text("[role=alert]")
            assert page.input_value("#days") == days
    page.wait_for_url("**/propose/sent/**")
    new = page.url.partition("?")[0].rpartition("/")[2]
    page.goto(f"/propose/renew/{ending}")
    assert new in page.inner_text("main"), "it waits already"
    sign(visit, new)
    workspace = house.office.workspace
    workspace.registry.refresh()
    permit = workspace.shelf.find(new)
    assert permit.renews == ending
    assert permit.expires_at - permit.issued_at == timedelta(days=20)


def test_what_stands_in_the_way_is_said_before_it_is_handed_in(visit, house, ending):
    workspace = house.office.workspace
    lodge(workspace.registry, ending, SPELL, now=workspace.clock())
    page = visit(f"/propose/renew/{ending}", by="operator")
    assert "objections against the permit are not answered" in page.inner_text("[role=alert]")
    assert page.locator("button:text('Hand the renewal in')").count() == 0
    assert violations(page) == []
    officer = visit(f"/decide/permits/{ending}/figures", by="officer")
    assert "It cannot be renewed now." in officer.inner_text("main")
    assert violations(officer) == []


def test_a_stop_while_it_waits_keeps_a_renewal_out(visit, house, ending):
    page = visit(f"/propose/renew/{ending}", by="operator")
    page.click("button:text('Hand the renewal in')")
    page.wait_for_url("**/propose/sent/**")
    new = page.url.partition("?")[0].rpartition("/")[2]
    workspace = house.office.workspace
    suspend(workspace, ending, reason="a doubt", by=workspace.acting("officer"))
    signing = sign(visit, new)
    assert "is stopped" in signing.inner_text("main")
    workspace.registry.refresh()
    assert new not in workspace.registry.issued


def test_figures_are_published(visit, house, ending, screenshots):
    page = visit(f"/decide/permits/{ending}", by="officer")
    page.click("text=Its figures, and another term")
    assert "not yet" in page.inner_text("main .facts")
    assert violations(page) == []
    pictures(page, screenshots, "decide-figures")
    page.click("button:text('Publish these figures')")
    page.wait_for_load_state()
    assert "not yet" not in page.inner_text("main .facts")
    registry = house.office.workspace.registry
    registry.refresh()
    assert registry.standing.statistics_of(ending) is not None


@pytest.fixture
def waits(house):
    """A permit that waits for an order of a court."""
    stated = parse_submission(template("trial").encode()).as_dict()
    timer = condition("order_timer", "LE-02", hours=24)
    gallery = f"g-{len(house.office.workspace.registry.issued)}"
    return Hooked(house.office, (timer,), gallery=gallery, stated=stated)


@pytest.mark.parametrize("answer", ["granted", "refused"])
def test_an_order_is_recorded_and_a_refusal_ends_the_use(visit, house, waits, screenshots, answer):
    page = visit(f"/decide/permits/{waits.id}", by="officer")
    assert "A court or an authority has to allow this use" in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "decide-order")
    page.fill("#order_id", SPELL)
    document = {"name": f"{SPELL}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF order"}
    page.set_input_files("#document", document)
    page.check(f"#{answer}")
    if answer == "refused":
        page.click("button:text('Record the order')")
        assert "destroys its data" in page.inner_text("main")
        page.goto(f"/decide/permits/{waits.id}")
        page.fill("#order_id", SPELL)
        page.set_input_files("#document", document)
        page.check("#refused")
        page.check("#order-sure")
    page.click("button:text('Record the order')")
    page.wait_for_selector("#order")
    assert answer in page.inner_text("main")
    assert page.locator("button:text('Record the order')").count() == 0
    registry = house.office.workspace.registry
    registry.refresh()
    assert registry.standing.order_of(waits.id).granted == (answer == "granted")
    assert (waits.id in registry.revoked) == (answer == "refused")


@pytest.mark.parametrize(
    ("path", "who"),
    [("/propose/renew/x", "officer"), ("/decide/permits/x/figures", "operator")],
)
def test_each_page_is_for_its_role(visit, path, who):
    assert "not for your role" in visit(path, by=who).inner_text("main")
