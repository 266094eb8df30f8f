"""Audits in the browser: a table goes in, progress shows, a report comes out, two are compared."""

import hashlib
import io
import json
import threading
import zipfile

import pytest

from broken_line import breakable
from browser import log_in, pictures, violations
from console.conftest import PASSWORD
from recognizance.auditing.example import example_table
from recognizance.errors import InputError
from recognizance.ledger import LogName
from recognizance.service.jobs import book
from recognizance.service.jobs.work import Audit

SPELL = "<script>alert(1)</script>=1+1\"'"


def file_of(data, name="scores.csv"):
    return {"name": name, "mimeType": "text/csv", "buffer": data}


def measure(page, *, system="Gate 3", version="1.0", data=None):
    page.goto("/audit/new")
    page.set_input_files("#table", file_of(data or example_table()))
    page.fill("#groups", "sex")
    page.fill("#system", system)
    page.fill("#version", version)
    page.get_by_role("button", name="Begin to measure").click()
    page.wait_for_url("**/audit/jobs/*")
    return page.url.rpartition("/")[2]


def until_done(page):
    page.wait_for_selector("h1 .tag:has-text('done')", timeout=60_000)


@pytest.fixture(scope="module")
def done(house, browser):
    """Ids of two audits of two versions."""
    context = browser.new_context(base_url=house.address)
    page = context.new_page()
    log_in(page, house.address, "auditor", PASSWORD)
    ids = []
    worse = example_table().replace(b",0,0.2", b",0,0.7")
    for version, data in (("1.0", example_table()), ("2.0", worse)):
        ids.append(measure(page, version=version, data=data, system=SPELL))
        until_done(page)
    context.close()
    return ids


def test_an_empty_place_teaches_what_a_table_of_scores_is(visit, screenshots):
    page = visit("/audit", by="auditor")
    assert "Nothing was measured here yet" in page.inner_text("main")
    assert violations(page) == []
    pictures(page, screenshots, "audit-empty")
    with page.expect_download() as download:
        page.click("text=Download an example to try")
    assert download.value.path().read_bytes() == example_table()
    page.goto("/audit/new")
    assert violations(page) == []
    pictures(page, screenshots, "audit-new")


def test_a_report_is_read_in_a_sandbox_under_a_policy_of_its_own(visit, done, house, screenshots):
    page = visit(f"/audit/jobs/{done[0]}", by="auditor")
    assert page.locator("main script").count() == 0
    assert violations(page) == []
    pictures(page, screenshots, "audit-done")
    answer = page.request.get(f"/audit/jobs/{done[0]}/report")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "sandbox allow-scripts" in policy
    assert "unsafe" not in page.request.get("/audit").headers["content-security-policy"]
    page.click("text=Read the report")
    page.wait_for_selector("#summary")
    assert page.locator("body > script").count() == 1, "its own slider and nothing else"
    assert page.evaluate("() => getComputedStyle(document.body).fontFamily") != ""
    assert page.evaluate("() => window.origin") == "null"
    pictures(page, screenshots, "audit-report")


def test_what_is_downloaded_proves_itself_without_this_server(visit, done, house):
    page = visit(f"/audit/jobs/{done[0]}", by="auditor")
    with page.expect_download() as download:
        page.click("text=Download it with its proof")
    packed = zipfile.ZipFile(download.value.path())
    leaf, receipt, vkey = (
        packed.read(f"proof/{name}") for name in ("entry.json", "receipt.tlog-proof", "ledger.vkey")
    )
    index = json.loads(page.locator("main dl code").first.inner_text().rpartition("/")[2])
    workspace = house.office.workspace
    assert leaf == workspace.ledger.leaf(LogName.USES, index)
    assert receipt.startswith(b"c2sp.org/tlog-proof@v1\n")
    assert vkey.decode().strip() == workspace.ledger.vkey(LogName.USES)
    digest = hashlib.sha256(packed.read("result.json")).hexdigest()
    assert json.loads(leaf)["public"]["result"] == digest


def test_two_versions_are_compared_by_id_and_with_a_kept_result(visit, done, screenshots):
    page = visit("/audit/compare", by="auditor")
    page.select_option("#before", done[0])
    page.select_option("#after", done[1])
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**before=*")
    assert page.locator(".tag.is-clearly-higher").count() > 0
    assert "different data" in page.inner_text("main")
    assert page.locator("main script").count() == 0
    assert violations(page) == []
    pictures(page, screenshots, "audit-compare")
    with page.expect_download() as download:
        page.click("text=Export as CSV")
    assert download.value.path().read_text("utf-8").startswith("Group,By,Rate")
    kept = page.request.get(f"/audit/jobs/{done[0]}/files/result.json").body()
    for name, data, said in (
        ("result.json", kept, "clearly different"),
        ("nothing.json", b"{}", "This was not done"),
    ):
        page.goto("/audit/compare")
        page.set_input_files("#earlier", file_of(data, name))
        page.select_option("#after-kept", done[1])
        page.get_by_role("button", name="Compare with it").click()
        page.wait_for_selector(f"h1:has-text('{said}'), h2:has-text('{said}')")


def test_progress_shows_while_it_measures_and_it_can_be_cancelled(visit, monkeypatch, screenshots):
    go_on = threading.Event()

    def slowly(self, workspace, handle):
        del workspace
        handle.facts = {"system": self.system, "version": self.version}
        handle.tell(0.4)
        while not go_on.wait(0.05):
            handle.tell(0.4)
        handle.tell(0.8)
        raise InputError("The table has no column `score`.", hint="Name it.")

    monkeypatch.setattr(Audit, "__call__", slowly)
    page = visit("/audit", by="auditor")
    measure(page)
    page.wait_for_function("() => document.querySelector('progress').value === 400")
    page.wait_for_selector("#left:has-text('left')")
    assert violations(page) == []
    pictures(page, screenshots, "audit-running")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_selector("h1 .tag:has-text('cancelled')")
    measure(page)
    go_on.set()
    page.wait_for_selector("h1 .tag:has-text('failed')")
    assert "no column `score`" in page.inner_text("main")
    assert violations(page) == []


def test_an_upload_that_is_cut_off_begins_nothing_and_is_sent_again(house, browser, monkeypatch):
    data = example_table() * 200
    with breakable(house.address) as line:
        page = browser.new_page()
        log_in(page, line.address, "auditor", PASSWORD)
        page.goto(f"{line.address}/audit/new")
        page.set_input_files("#table", file_of(data))
        page.fill("#groups", "sex")
        line.broken = True
        line.cut()
        page.get_by_role("button", name="Begin to measure").click()
        page.wait_for_selector("#cut-off:visible")
        assert page.locator("#groups").input_value() == "sex"
        line.broken = False
        monkeypatch.setattr(Audit, "__call__", lambda *_: {"system": "x", "version": ""})
        page.get_by_role("button", name="Begin to measure").click()
        page.wait_for_url("**/audit/jobs/*")
        page.close()


def test_a_form_that_lacks_something_says_so_and_keeps_the_file(visit):
    page = visit("/audit/new", by="auditor")
    page.set_input_files("#table", file_of(example_table()))
    page.fill("#groups", " , ")
    page.fill("#system", SPELL)
    page.get_by_role("button", name="Begin to measure").click()
    page.wait_for_selector("[role=alert]:visible")
    assert "By which labels" in page.inner_text("[role=alert]")
    assert page.input_value("#system") == SPELL
    assert "still here" in page.inner_text("form.stack")
    assert violations(page) == []


def test_without_a_script_the_form_carries_the_file(as_somebody):
    client, csrf = as_somebody("auditor")
    with client:
        files = {"table": ("../../../x.npz", io.BytesIO(example_table()), "text/csv")}
        begun = client.post("/audit", data={"csrf": csrf, "groups": "sex"}, files=files)
        assert begun.status_code == 303
        assert begun.headers["location"].startswith("/audit/jobs/")
        forged = client.post("/audit", data={"csrf": "x", "groups": "sex"}, files=files)
        assert forged.status_code == 403


def test_what_is_not_begun_with_is_not_kept(visit, house, as_somebody, monkeypatch):
    def uploads():
        return set((house.office.workspace.layout.spool / "uploads").glob("*/*"))

    before = uploads()
    client, csrf = as_somebody("auditor")
    with client:
        lone = {"labels": ("labels.csv", b"sex\nf\n", "text/csv")}
        answer = client.post("/audit", data={"csrf": csrf, "groups": "sex"}, files=lone)
        assert (answer.status_code, "There is no table" in answer.text) == (400, True)
    monkeypatch.setattr(book, "MOST_OPEN", 0)
    page = visit("/audit/new", by="auditor")
    page.set_input_files("#table", file_of(example_table()))
    page.fill("#groups", "sex")
    page.get_by_role("button", name="Begin to measure").click()
    page.wait_for_selector("[role=alert]:has-text('Too many jobs')")
    assert page.input_value("#groups") == "sex"
    assert page.locator("[name=table_id]").count() == 0
    assert uploads() == before


def test_an_audit_belongs_to_who_asked_and_nobody_else_may_measure(as_somebody, visit, done):
    for name in ("operator", "officer", "reviewer-1"):
        client, _ = as_somebody(name)
        with client:
            for path in ("", "/new", "/compare", "/example.csv", f"/jobs/{done[0]}/report"):
                assert client.get(f"/audit{path}").status_code == 403, (name, path)
    client, _ = as_somebody("auditor-2")
    with client:
        for path in ("", "/report", "/evidence", "/files/result.json"):
            assert client.get(f"/audit/jobs/{done[0]}{path}").status_code == 404, path
    page = visit("/audit", by="reviewer-1")
    assert page.inner_text("h1") == "This was not done"
    page = visit("/audit")
    assert "/login?next=/audit" in page.url


def test_what_was_measured_stands_in_the_list(visit, done, screenshots):
    page = visit("/audit", by="auditor")
    assert page.locator("tbody tr").count() >= 2
    assert SPELL in page.inner_text(".plain")
    assert page.locator("main script").count() == 0
    assert violations(page) == []
    pictures(page, screenshots, "audit")
