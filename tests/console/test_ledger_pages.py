from urllib.parse import quote

import pytest

from browser import pictures, violations
from fakes import photograph


@pytest.fixture(scope="module")
def uses(house):
    permit = house.office.permit()
    house.office.enroll("ana", photograph("ana", note="1"), permit=permit)
    for note in "23":
        house.office.search(photograph("ana", note=note), permit=permit)
    return permit


def test_the_ledger_is_read_filtered_and_exported(visit, uses, screenshots):
    page = visit("/ledger", by="auditor")
    assert page.locator("tbody tr").count() >= 3
    page.fill("#q", "held_for_review")
    page.press("#q", "Enter")
    assert {row.inner_text().strip() for row in page.locator("td .tag").all()} == {
        "held for review"
    }
    with page.expect_download() as download:
        page.click("text=Export as CSV")
    assert download.value.suggested_filename == "ledger-uses.csv"
    page.goto("/ledger")
    assert violations(page) == []
    pictures(page, screenshots, "ledger")


def test_more_words_than_are_looked_for_are_said(visit, uses):
    asked = "Enroll enroll " + " ".join(f"w{number}" for number in range(40))
    page = visit(f"/ledger?q={quote(asked)}", by="auditor")
    assert page.input_value("#q") == "enroll w0 w1 w2 w3 w4 w5 w6"
    assert "Left out: w7 w8" in page.inner_text("main")
    page = visit(f"/ledger?q={quote('enroll ' * 20)}", by="auditor")
    assert page.locator("tbody tr").count() >= 1
    assert "Left out" not in page.inner_text("main")


def test_a_browser_checks_a_receipt_by_itself(visit, uses, screenshots):
    page = visit("/ledger", by="auditor")
    page.click("tbody a >> nth=0")
    page.wait_for_selector(".verdict.is-good")
    assert "stands in recognizance/" in page.inner_text(".verdict")
    assert violations(page) == []
    pictures(page, screenshots, "ledger-entry")


@pytest.mark.parametrize("part", ["receipt", "leaf"])
def test_a_receipt_that_was_tampered_with_does_not_hold(visit, uses, part):
    page = visit("/ledger/uses/1", by="auditor")
    page.wait_for_selector(".verdict.is-good")
    texts = {name: page.text_content(f".check .{name}") for name in ("receipt", "leaf")}
    good, bad = ("index 1", "index 0") if part == "receipt" else ('"kind":"', '"kind":"x')
    page.goto("/check")
    page.select_option("#vkey", index=1)
    for name, text in texts.items():
        page.fill(f"#{name}", text)
    page.click("#check button")
    page.wait_for_selector(".verdict.is-good")
    page.fill(f"#{part}", texts[part].replace(good, bad, 1))
    page.click("#check button")
    page.wait_for_selector(".verdict.is-stop")
    assert violations(page) == []


def test_a_reviewer_has_no_business_in_the_ledger(visit, uses):
    page = visit("/ledger", by="reviewer-1")
    assert page.inner_text("h1") == "This was not done"
