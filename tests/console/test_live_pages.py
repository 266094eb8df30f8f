"""What goes on now: watches that change while one looks, the stop button, the calendar."""

from contextlib import ExitStack, suppress
from datetime import timedelta

import httpx
import pytest

from broken_line import breakable
from browser import log_in, pictures, violations
from console.conftest import PASSWORD
from fakes import photograph
from hooked import condition
from recognizance.canonical import canonical_bytes
from recognizance.fleet.jobs import Counters
from recognizance.fleet.lives import State
from recognizance.fleet.running import TABLE
from recognizance.fleet.supervisor import Row
from recognizance.permits import oversight
from recognizance.service import streams
from recognizance.service.accounts import Accounts
from recognizance.service.forms import COOKIE
from recognizance.service.store import Store
from watched import DENSITY, LEADS, Watched

METER = condition("false_alert_meter", "PR-09", ppb=10_000_000)
LIMIT = condition("lead_limit", "HR-04", per_day=4, hold_off_seconds=600)
SPELL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def a_watch(house, gallery, *more, **how):
    watched = Watched(house.office, (LEADS, DENSITY, METER, LIMIT, *more), gallery=gallery, **how)
    watched.enroll("s-1", photograph("ana", note="1"))
    return watched


@pytest.fixture(scope="module")
def door(house):
    """A permit that watches a door."""
    return a_watch(house, "door")


def pass_a_minute(house, watch, *, faces=2, pictures=30, dropped=3):
    """So many pictures, and the end of a minute that counts them."""
    for number in range(pictures):
        watch.view(faces, tracks=number % 10 == 0, dropped=dropped if number == 0 else 0)
    house.office.workspace.clock.advance(seconds=61)
    watch.tick()


def card(page, watched):
    return page.locator(f"#use-{watched.id}")


def test_meters_change_while_one_looks_and_the_stop_button_stops(house, visit, door, screenshots):
    with door.watch() as watch:
        page = visit("/live", by="operator")
        assert card(page, door).locator(".tag").inner_text() == "watching"
        page.wait_for_selector("#link-state[data-now=on]")
        pass_a_minute(house, watch)
        watch.shows("ana", note="2")
        for again in range(3):
            pass_a_minute(house, watch, faces=3 + again)
        page.wait_for_function(
            "id => document.getElementById(id).textContent.includes('of 4')", arg=f"use-{door.id}"
        )
        page.wait_for_selector(f"#use-{door.id} dd:has-text('5 at most')")
        assert violations(page) == []
        pictures(page, screenshots, "live")
        mine = card(page, door)
        mine.get_by_text("Stop this use").click()
        mine.locator("textarea").fill(SPELL)
        pass_a_minute(house, watch, faces=1)
        page.wait_for_selector(f"#use-{door.id} dd:has-text('1 at most')")
        assert mine.locator("textarea").input_value() == SPELL, "what was typed was lost"
        mine.get_by_role("button", name="Stop now").click()
        page.wait_for_url("**/live/*?said=stopped")
        assert card(page, door).locator(".tag").inner_text() == "suspended"
        assert "somebody pressed the stop button" in card(page, door).inner_text()
        assert card(page, door).locator("form").count() == 0, "an operator does not let it go on"
        assert violations(page) == []
        pictures(page, screenshots, "live-stopped")
        house.office.workspace.clock.advance(seconds=2)
        watch.tick()
        assert watch.shows("ana", note="3").outcome == "stopped"
    officer = visit(f"/live/{door.id}", by="officer")
    officer.get_by_text("Let it go on").first.click()
    officer.fill("textarea", "it was a mistake")
    officer.get_by_role("button", name="Let it go on").click()
    officer.wait_for_url("**?said=resumed")
    assert card(officer, door).locator(".tag").inner_text() == "quiet"
    officer.go_back()
    officer.wait_for_load_state()
    assert card(officer, door).locator(".tag").inner_text() == "quiet", "the page is of before"


def test_a_crowd_stops_a_watch_and_the_page_says_so(house, visit, screenshots):
    square = a_watch(house, "square")
    with ExitStack() as stack:
        watch = stack.enter_context(square.watch())
        page = visit(f"/live/{square.id}", by="auditor")
        page.wait_for_selector("#link-state[data-now=on]")
        with suppress(Exception):
            watch.view(40, tracks=9)
        pass_a_minute(house, watch, faces=40)
        page.wait_for_selector(f"#use-{square.id}.is-suspended")
        assert "a crowd is in view" in card(page, square).inner_text()
        assert card(page, square).locator("form").count() == 0, "an auditor stops nothing"
        assert violations(page) == []
        pictures(page, screenshots, "live-crowd")


def test_a_lost_connection_is_said_and_found_again(house, browser, door):
    with breakable(house.address) as line, door.watch() as watch:
        page = browser.new_page()
        log_in(page, line.address, "operator", PASSWORD)
        page.goto(f"{line.address}/live/{door.id}")
        page.wait_for_selector("#link-state[data-now=on]")
        line.broken = True
        line.cut()
        page.wait_for_selector("#link-state[data-now=lost]")
        assert card(page, door).is_visible()
        pass_a_minute(house, watch, faces=4)
        line.broken = False
        page.wait_for_selector("#link-state[data-now=on]")
        page.wait_for_selector(f"#use-{door.id} dd:has-text('4 at most')")
        page.close()


def test_the_stream_ends_with_the_session(house, visit, door):
    page = visit("/live", by="auditor")
    page.wait_for_selector("#link-state[data-now=on]")
    other = page.context.new_page()
    other.goto(f"{house.address}/")
    other.get_by_role("button", name="Log out").click()
    page.wait_for_selector("#link-state[data-now=over]", timeout=20_000)
    page.get_by_role("link", name="Log in again").click()
    page.wait_for_url("**/login?next=*")


def test_too_many_readers_are_turned_away_and_the_page_stays_whole(visit, door, monkeypatch):
    monkeypatch.setattr(streams, "MOST_READERS", 0)
    page = visit("/live", by="auditor")
    page.wait_for_selector("#link-state[data-now=lost]")
    assert card(page, door).is_visible() or page.get_by_role("link", name=door.id).is_visible()


@pytest.fixture
def sends(house):
    """A program with the session of somebody, as it would forge what a page sends."""
    workspace = house.office.workspace
    with Store(workspace.layout.service, wait_s=5.0) as store, ExitStack() as stack:

        def sending(name):
            principal = workspace.registry.named(name)
            token, begun = Accounts(store).log_in(principal.principal_id, now=workspace.clock())
            cookie = {"cookie": f"{COOKIE}={token}"}
            client = stack.enter_context(httpx.Client(base_url=house.address, headers=cookie))

            def send(path, csrf=begun.csrf, **form):
                return client.post(path, data=form | {"csrf": csrf}).status_code

            return send

        yield sending


def test_who_may_stop_let_go_on_and_cancel(house, visit, door, sends):
    announced = oversight.announce_assembly(
        house.office.workspace,
        site="harbour",
        begins=house.office.workspace.clock(),
        ends=house.office.workspace.clock() + timedelta(hours=1),
        reason="a strike",
        by=house.office.workspace.acting("operator"),
    ).assembly_id
    paths = (f"/live/{door.id}/go-on", f"/live/calendar/{announced}/cancel")
    for path in (*paths, f"/live/{door.id}/stop", "/live/calendar"):
        assert sends("auditor")(path, reason="x") == 403
        assert sends("reviewer-1")(path, reason="x") == 403
        assert sends("officer")(path, csrf="forged", reason="x") == 403
    for path in paths:
        assert sends("operator")(path, reason="x") == 403
    assert sends("officer")(paths[0], reason="x") == 409, "it is not stopped"
    assert sends("officer")(f"/live/{door.id}/stop", reason=" ") == 400
    assert sends("officer")("/live/permit-none/stop", reason="x") in {403, 404}
    page = visit("/live", by="reviewer-1")
    assert page.inner_text("h1") == "This was not done"
    page = visit("/live")
    assert "/login?next=/live" in page.url


def test_an_assembly_is_announced_and_taken_off_again(house, visit, screenshots):
    page = visit("/live/calendar", by="operator")
    page.fill("#site", f"=1+1 {SPELL}"[:128])
    page.fill("#begins", "2030-05-01T10:00")
    page.fill("#ends", "2030-05-01T18:30")
    page.fill("#reason", SPELL)
    page.click("main form.stack button")
    page.wait_for_url("**?said=announced")
    row = page.locator("tbody tr", has_text="1 May 2030, 18:30 UTC")
    assert "=1+1 <script>" in row.inner_text()
    assert page.locator("main script, main img").count() == 0
    with page.expect_download() as download:
        page.click("text=Export as CSV")
    assert "'=1+1" in download.value.path().read_text("utf-8"), "a spreadsheet would run it"
    assert violations(page) == []
    pictures(page, screenshots, "live-calendar")
    where = row.locator("a").get_attribute("href")
    assert page.goto(where).status == 200
    assert page.locator("main form").count() == 0, "an operator takes none off"
    page = visit(where, by="officer")
    assert violations(page) == []
    page.fill("#reason", "it rains")
    page.get_by_role("button", name="Take it off the calendar").click()
    page.wait_for_url("**?said=cancelled")
    assert page.locator("tbody tr", has_text="1 May 2030").count() == 0
    page.goto(where)
    assert page.inner_text("h1") == "This was not done"


def test_the_cameras_of_a_fleet_show_as_its_table_says(house, visit, screenshots):
    home = house.office.workspace.layout.home
    page = visit("/live/fleet", by="operator")
    assert "No fleet ever ran here" in page.inner_text("main")
    assert violations(page) == []
    states = (State.RUNNING, State.STOPPED, State.WAITING, State.ENDED)
    cameras = [
        Row(
            camera=f"camera-{n:03}" if n else SPELL,
            site="north",
            permit="p-1",
            worker=n % 2,
            state=states[n % 4],
            code="permit.suspended" if n % 4 == 1 else None,
            restarts=n % 3,
            frames_per_s=12.5,
            counters=Counters(frames=100 * n, dropped=n),
        ).as_dict()
        for n in range(120)
    ]
    told = {"at": "2026-11-25T12:00:00Z", "metrics_port": None, "pid": 1, "cameras": cameras}
    (home / TABLE).write_bytes(canonical_bytes(told))
    page.wait_for_selector("tbody tr")
    page.goto("/live/fleet?sort=-dropped")
    assert "119" in page.locator("tbody tr").first.inner_text()
    page.wait_for_selector("#link-state[data-now=on]")
    cameras[7]["dropped"] = 5000
    (home / TABLE).write_bytes(canonical_bytes(told))
    page.wait_for_selector("tbody tr:first-child:has-text('5000')")
    assert violations(page) == []
    pictures(page, screenshots, "live-fleet")
    page.goto("/live/fleet?q=alert")
    assert page.locator("tbody tr").count() == 1
    assert page.locator("main script, main img").count() == 0
    (home / TABLE).unlink()
