"""A workspace with a person for each role, a server on it, and a real browser before it."""

import os
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import httpx
import pytest

from browser import chromium, log_in
from fakes import FakeClock, FakeEngine
from office import Office
from recognizance.service.accounts import Accounts
from recognizance.service.forms import COOKIE
from recognizance.service.store import Store
from recognizance.settings import Settings
from recognizance.types import Role
from recognizance.workspace import Workspace
from served import opening_of, serving
from staff import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = {
    "operator": (),
    "operator-2": (Role.OPERATOR,),
    "officer": (),
    "officer-2": (Role.SIGNING_OFFICER,),
    "auditor": (Role.AUDITOR,),
    "auditor-2": (Role.AUDITOR,),
    "reviewer-1": (),
    "reviewer-2": (),
    "reviewer-3": (),
}
"""Who has an account; who has no roles here was made with the office."""


@dataclass
class House:
    office: Office
    address: str
    authority: object = None


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of pages are kept, for people to look at."""
    folder = Path(os.environ.get("RECOGNIZANCE_SCREENSHOTS", ROOT / ".cache" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory, request):
    """A house whose engine is the module's `ENGINE`, where it names one; None is the real one.

    It has pinned the authority that the module's `AUTHORITY` makes, where there is one.
    """
    engine = getattr(request.module, "ENGINE", FakeEngine)
    folder, clock = tmp_path_factory.mktemp("house"), FakeClock()
    made_by = getattr(request.module, "AUTHORITY", lambda *_: nullcontext())
    settings = Settings(
        home=folder / "data", key_folder=folder / "keys", cache=folder / "cache", wait_s=5.0
    )
    with (
        made_by(folder, clock) as authority,
        Workspace.create(
            settings, authority=authority and authority.public_key, clock=clock
        ) as workspace,
    ):
        if engine is not None:
            workspace.__dict__["engine"] = engine(workspace.evidence.model_id)
        office = Office(workspace)
        with Store(workspace.layout.service, wait_s=1.0) as store:
            for name, roles in PEOPLE.items():
                if roles:
                    office.add(name, *roles)
                principal = workspace.acting(name).principal
                Accounts(store).add(principal, PASSWORD, now=workspace.clock())
        with serving(opening_of(workspace, engine=engine)) as address:
            yield House(office, address, authority)


@pytest.fixture(scope="session")
def camera(tmp_path_factory) -> list[str]:
    """Flags that give chromium a camera: it shows a clip of people where one is, else a pattern."""
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    faces = Path(os.environ.get("RECOGNIZANCE_FACES", ROOT.parent / "shared" / "faces"))
    clip = faces / "clips" / "people-one-by-one.mp4"
    if not clip.is_file():
        return flags
    film = tmp_path_factory.mktemp("camera") / "people.mjpeg"
    with av.open(str(clip)) as opened, film.open("wb") as out:
        for frame in islice(opened.decode(video=0), 10):
            frame.to_image().save(out, "JPEG")
    return [*flags, f"--use-file-for-fake-video-capture={film}"]


@pytest.fixture(scope="session")
def browser(camera):
    with chromium(*camera) as opened:
        yield opened


@pytest.fixture
def visit(browser, house):
    """Opens a page as somebody; a script error or a breach of the policy fails the test."""
    contexts, wrong = [], []

    def opened(path: str, *, by: str | None = None):
        context = browser.new_context(base_url=house.address, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        if by is not None:
            log_in(page, house.address, by, PASSWORD)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [each for each in wrong if "Failed to load resource" not in each] == []


@pytest.fixture
def as_somebody(house):
    """A client with the session of somebody, and its token for forms."""
    workspace = house.office.workspace
    with Store(workspace.layout.service, wait_s=5.0) as store:

        def opened(name):
            principal = workspace.registry.named(name)
            token, begun = Accounts(store).log_in(principal.principal_id, now=workspace.clock())
            cookie = {"cookie": f"{COOKIE}={token}"}
            return httpx.Client(base_url=house.address, headers=cookie, timeout=30), begun.csrf

        yield opened
