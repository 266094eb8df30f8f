"""A photograph on its way: dropped, pasted, with progress, stopped, cut off; answers stay."""

import time

import pytest

from browser import violations
from fakes import photograph
from recognizance.ledger import LogName

MIB = 2**20
DROPPED = """async ([kind, name, text]) => {
  const carrier = new DataTransfer();
  carrier.items.add(new File([text], name, { type: kind }));
  const what = { dataTransfer: carrier, bubbles: true, cancelable: true };
  document.querySelector("main").dispatchEvent(new DragEvent("dragover", what));
  document.querySelector("main").dispatchEvent(new DragEvent("drop", what));
}"""
PASTED = """async ([kind, name, text]) => {
  const carrier = new DataTransfer();
  carrier.items.add(new File([text], name, { type: kind }));
  const what = { clipboardData: carrier, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new ClipboardEvent("paste", what));
}"""


@pytest.fixture(scope="module")
def permit(house):
    permit = house.office.permit()
    house.office.enroll("ana", photograph("ana", note="1"), permit=permit)
    return permit


@pytest.fixture
def filled(visit, permit):
    """The form of a search, filled in."""
    page = visit("/search", by="operator")
    page.fill("#case", "case-9 <i>&</i>")
    data = photograph("ana") + bytes(8 * MIB)
    page.set_input_files(
        "#photograph", {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": data}
    )
    return page


@pytest.fixture
def slow(filled):
    """The same over a line on which a photograph takes a while."""
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2 * MIB}
    session = filled.context.new_cdp_session(filled)
    session.send("Network.emulateNetworkConditions", line)
    return filled


def uses(house) -> int:
    return house.office.workspace.ledger.size(LogName.USES)


def on_its_way(page) -> None:
    """Wait until the bar shows that a part has gone."""
    deadline = time.monotonic() + 30
    while page.evaluate("document.querySelector('#progress').value") <= 10:
        assert time.monotonic() < deadline, "no progress was shown"
        page.wait_for_timeout(50)


def kept(page) -> None:
    """What was typed and chosen is there, and can be sent again."""
    assert page.input_value("#case") == "case-9 <i>&</i>"
    assert page.evaluate("document.querySelector('#photograph').files[0].name") == "large.jpg"
    assert page.is_enabled("button.go")
    assert page.is_hidden(".sending")
    assert violations(page) == []


@pytest.mark.parametrize("way", [DROPPED, PASTED], ids=["dropped", "pasted"])
def test_a_photograph_is_dropped_or_pasted(visit, house, permit, way):
    page = visit("/search", by="operator")
    page.evaluate(way, ["text/plain", "notes.txt", "no picture"])
    assert page.inner_text(".chosen") == ""
    shown = photograph("ana", note="2").decode()
    page.evaluate(way, ["image/jpeg", "<b>door</b>.jpg", shown])
    assert "<b>door</b>.jpg" in page.inner_text(".chosen")
    page.click("button.go")
    page.wait_for_url("**/search/*")
    assert "A lead, not an identification." in page.inner_text("main")


def test_its_progress_is_shown_and_it_can_be_stopped(slow, house):
    before = uses(house)
    slow.click("button.go")
    on_its_way(slow)
    assert slow.is_visible(".sending")
    assert slow.is_disabled("button.go")
    slow.click("[data-does=cancel]")
    slow.wait_for_selector("#problem .said")
    assert "You stopped it." in slow.inner_text("#problem")
    assert "nothing was asked" in slow.inner_text("#problem")
    assert uses(house) == before
    kept(slow)


def test_without_a_line_nothing_is_asked_and_no_answer_is_lost(filled, house):
    before = uses(house)
    filled.context.set_offline(True)
    filled.click("button.go")
    filled.wait_for_selector("#problem .said")
    assert "The connection was lost." in filled.inner_text("#problem")
    assert "nothing was asked" in filled.inner_text("#problem")
    assert uses(house) == before
    kept(filled)
    filled.context.set_offline(False)
    filled.set_input_files(
        "#photograph",
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photograph("ana", note="3")},
    )
    filled.click("button.go")
    filled.wait_for_url("**/search/*")
    assert "case-9 <i>&</i>" in filled.inner_text("main")
