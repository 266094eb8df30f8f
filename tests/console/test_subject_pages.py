import io
import zipfile

import pytest

from browser import pictures, violations
from fakes import photograph


@pytest.fixture(scope="module")
def permit(house):
    permit = house.office.permit()
    for person in ("ana", "ben"):
        house.office.enroll(person, photograph(person, note="1"), permit=permit)
    return permit


def take_down(page, kind: str, person: str) -> None:
    page.goto("/subjects")
    page.check(f"#kind-{kind}")
    page.fill("#subject", person)
    page.fill("#words", f"<b>{kind}</b>, please.")
    page.click("button:has-text('Take it down')")
    page.wait_for_url("**/subjects/*")


def test_a_person_finds_out_what_is_held_and_is_erased(visit, house, permit, screenshots):
    page = visit("/subjects", by="operator")
    assert violations(page) == []
    pictures(page, screenshots, "subjects")
    take_down(page, "access", "ana")
    assert "<b>access</b>, please." in page.inner_text("main")
    assert page.locator("button:has-text('Hand it over')").count() == 0
    pictures(page, screenshots, "subject-request")

    page.fill("#how", "A passport was seen at the desk.")
    page.click("button:has-text('Record it')")
    page.wait_for_selector("text=What is held")
    assert violations(page) == []
    pictures(page, screenshots, "subject-held")
    with page.expect_download() as download:
        page.click("button:has-text('Hand it over')")
    data = download.value.path().read_bytes()
    assert "held.json" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    page.reload()
    assert page.inner_text("h1 .tag") == "answered"

    take_down(page, "erasure", "ana")
    page.fill("#how", "A passport was seen at the desk.")
    page.click("button:has-text('Record it')")
    page.click("button:has-text('Erase this person')")
    page.wait_for_selector("h1 .tag.is-answered")
    assert "erased: nothing is left" in page.inner_text("main")
    assert "is destroyed" in page.inner_text(".said.is-good")
    assert "not established" not in page.inner_text("main")
    assert "ana" not in page.inner_text("main dl")
    left = house.office.workspace.gallery.subjects("g")
    assert list(left) == ["ben"]


def test_who_is_somebody_else_gets_nothing(visit, house, permit):
    page = visit("/subjects", by="operator")
    take_down(page, "access", "ben")
    address = page.url
    page.set_input_files(
        "#photograph",
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photograph("carla", note="1")},
    )
    page.click("button:has-text('Record it')")
    page.wait_for_selector("text=This was not done")
    page.goto(address)
    assert page.locator("text=What is held").count() == 0
    page.click("summary:has-text('Refuse')")
    page.fill("#refuse-words", "Who asks is not that person.")
    page.click("button.stop:has-text('Refuse')")
    page.wait_for_selector("h1 .tag.is-refused")


def test_a_reviewer_has_no_business_at_the_subject_desk(visit, permit):
    page = visit("/subjects", by="reviewer-1")
    assert page.inner_text("h1") == "This was not done"
