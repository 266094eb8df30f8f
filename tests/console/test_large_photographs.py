"""A photograph of forty megapixels, as a good camera takes it, through a real engine."""

import io
import resource

import numpy as np
import pytest
from PIL import Image

from browser import violations
from hooked import Hooked
from recognizance.ledger import LogName

ENGINE = None
FORTY, SIXTY = (7304, 5478), (9000, 6750)
MEMORY_MIB = 600
"""House number: the picture itself is 115 MiB, and the browser's copy is in another process."""


def large(kind: str, size: tuple[int, int], face: Image.Image | None = None) -> bytes:
    """A wall in falling light, and a portrait on it where one is given."""
    wide, high = size
    light = np.linspace(90, 200, wide, dtype=np.float32)[None, :] + np.zeros((high, 1), np.float32)
    picture = Image.fromarray(light.astype(np.uint8)).convert("RGB")
    if face is not None:
        portrait = face.convert("RGB").resize((high * face.width // face.height // 2, high // 2))
        picture.paste(portrait, ((wide - portrait.width) // 2, high // 4))
    file = io.BytesIO()
    picture.save(file, kind, **({"quality": 90} if kind == "JPEG" else {"compress_level": 1}))
    return file.getvalue()


@pytest.fixture(scope="module")
def hooked(house):
    return Hooked(house.office, ())


def chosen(page, data: bytes, kind: str) -> None:
    mime = f"image/{kind.lower()}"
    page.set_default_timeout(60_000)
    page.set_input_files("#photograph", {"name": "large", "mimeType": mime, "buffer": data})


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_forty_megapixels_are_looked_at_and_nothing_typed_is_lost(visit, house, hooked, kind):
    page = visit("/search", by="operator")
    page.fill("#case", "case-40")
    data = large(kind, FORTY)
    before, uses = peak_mib(), house.office.workspace.ledger.size(LogName.USES)
    chosen(page, data, kind)
    page.wait_for_selector(".shown canvas")
    page.click("button.go")
    page.wait_for_selector("#problem .said")
    assert "No face was found" in page.inner_text("#problem")
    assert page.input_value("#case") == "case-40"
    assert house.office.workspace.ledger.size(LogName.USES) == uses + 1
    assert peak_mib() - before < MEMORY_MIB
    assert violations(page) == []


def test_more_pixels_than_are_read_are_refused_before_any_is_decoded(visit, hooked):
    page = visit("/search", by="operator")
    page.fill("#case", "case-60")
    data = large("JPEG", SIXTY)
    before = peak_mib()
    chosen(page, data, "JPEG")
    page.click("button.go")
    page.wait_for_selector("#problem .said")
    assert "at most 50000000" in page.inner_text("#problem").replace(",", "")
    assert page.input_value("#case") == "case-60"
    assert peak_mib() - before < MEMORY_MIB / 4


@pytest.mark.faces
def test_somebody_in_forty_megapixels_is_found(visit, house, hooked, faces):
    path = min((faces / "congress" / "2023").glob("*.jpg"))
    hooked.enroll("s-large", path.read_bytes())
    page = visit("/search", by="operator")
    with Image.open(path) as face:
        chosen(page, large("JPEG", FORTY, face), "JPEG")
    page.click("button.go")
    page.wait_for_url("**/search/*")
    assert "s-large" in page.inner_text("main")
