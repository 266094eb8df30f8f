"""The pages with the real engine and real photographs: from the first road to aligned faces."""

import io

import pytest
from PIL import Image

from browser import pictures, violations

pytestmark = pytest.mark.faces

ENGINE = None
PEOPLE = ("A000055", "A000369", "A000370")


@pytest.fixture(scope="module")
def portraits(faces):
    """Two portraits of each of three people, eight years apart."""
    return {
        name: [faces / "congress" / year / f"{name}.jpg" for year in ("2015", "2023")]
        for name in PEOPLE
    }


@pytest.fixture
def trial(visit, house, portraits):
    """The first road, walked to its end: a permit for these photographs, and its gallery."""
    page = visit("/start/demo", by="operator")
    page.set_input_files("#photographs", [path for two in portraits.values() for path in two])
    page.fill("#operator", "Three who agreed")
    page.check("#agreed")
    page.click("button:text('Propose the trial')")
    page.wait_for_url("**/propose/sent/**")
    permit_id = page.url.partition("?")[0].rpartition("/")[2]
    signing = visit(f"/decide/{permit_id}", by="officer")
    signing.check("#read")
    signing.click("button:text('Sign')")
    signing.wait_for_selector(".said.is-good")
    workspace = house.office.workspace
    workspace.registry.refresh()
    house.office.attest_all(permit_id)
    permit = workspace.shelf.find(permit_id)
    (gallery,) = permit.gallery_ids
    workspace.gallery.create_gallery(
        gallery, permit_id=permit_id, purpose=permit.purpose, created_at=workspace.clock()
    )
    for name, (earlier, _) in portraits.items():
        page.goto("/enroll")
        page.set_input_files("#photograph", earlier)
        page.fill("#subject", name)
        page.select_option("#provenance", "own_enrollment")
        page.fill("#ground", f"release {name}")
        page.click("button.go")
        page.wait_for_url("**/search/*")
        assert "enrolled" in page.inner_text("h1")
    return permit_id


def ask(page, what, photograph, **typed):
    page.goto(f"/{what}")
    page.set_input_files("#photograph", photograph)
    for name, text in typed.items():
        page.fill(f"#{name}", text)
    page.click("button.go")
    page.wait_for_url("**/search/*", timeout=60_000)
    return page.inner_text("main")


def test_from_the_first_road_to_the_faces_that_reviewers_compare(visit, trial, portraits):
    name, (_, later) = next(iter(portraits.items()))
    page = visit("/search", by="operator")
    told = ask(page, "search", later)
    assert "A lead, not an identification." in told
    assert name not in told, "nobody is named before people have looked"
    assert violations(page) == []
    lead = page.get_by_role("link", name="See where it waits").get_attribute("href")
    looking = visit(lead, by="reviewer-1")
    looking.wait_for_function(
        "() => [...document.querySelectorAll('.view img')].every((each) => each.naturalWidth)"
    )
    views = looking.locator(".view img")
    assert views.count() >= 2
    for index in range(views.count()):
        data = looking.request.get(views.nth(index).get_attribute("src")).body()
        width, height = Image.open(io.BytesIO(data)).size
        assert width == height >= 112, "aligned"  # what the engine compares
    assert name not in looking.inner_text("main")
    assert violations(looking) == []
    one, other, _ = PEOPLE
    assert "agrees with who was claimed" in ask(page, "verify", portraits[one][1], subject=one)
    told = ask(page, "verify", portraits[other][1], subject=one)
    assert "does not agree" in told
    page.goto("/search")
    page.click("text=Use the camera")
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    page.click("text=Take the picture")
    page.wait_for_selector(".chosen:has-text('camera.jpg')")
    page.click("button.go")
    page.wait_for_selector("#problem [role=alert]")
    assert "permit" in page.inner_text("#problem"), "a trial is bound to its photographs"


def test_a_real_photograph_gives_its_faces_to_choose_from(visit, portraits, screenshots):
    page = visit("/redact", by="operator")
    page.set_input_files("#footage", portraits[PEOPLE[0]][0])
    page.check("#choose")
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_selector(".portrait img", timeout=60_000)
    page.wait_for_function("() => document.querySelector('.portrait img').naturalWidth >= 100")
    page.get_by_role("button", name="Redact", exact=True).click()
    page.wait_for_selector(".made", timeout=60_000)
    page.wait_for_function("() => document.querySelector('.made').naturalWidth > 0")
    assert page.locator(".tag.is-good").count() == 1
    assert violations(page) == []
    pictures(page, screenshots, "redact-real")
