"""A story told in a browser: who sits before which page, and a picture of each step.

Every picture may be published. Where a page shows photographs, drawn faces take their place before
the picture is taken, and a page that shows more of them than its step says is not taken at all.
"""

import csv
import io
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av

from browser import violations
from console.drawn import DrawnEngine, drawn
from recognizance.auditing.photographs import features_of
from recognizance.compare import score
from recognizance.gate.scope import Circumstances, SampleKind
from recognizance.types import Operation
from recognizance.uses import Request
from recognizance.watching import Plan, open_cameras, watch_cameras
from served import opening_of

WINDOW = {"width": 1180, "height": 860}
PHOTOGRAPHS = "img:not([src^='/static/'])"

TOUR = "story"
"""The folder of the pictures, under that of all screenshots."""

PATIENCE_MS = 120_000
"""Of a slow machine that loads models while somebody waits for an answer."""

_SCROLL = """it => scrollTo(
    0, it.matches("h1") ? 0 : it.getBoundingClientRect().top + scrollY - 24
)"""
_REPLACE = """async ([image, address]) => { image.src = address; await image.decode() }"""


@dataclass
class Telling:
    """Everybody's page, and the pictures so far."""

    house: object
    visit: object
    folder: Path
    pages: dict = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.png"):
            old.unlink()

    @property
    def workspace(self):
        return self.house.office.workspace

    def page_of(self, name: str | None):
        """The page before which somebody sits, logged in; None is anybody who passes by."""
        if name not in self.pages:
            page = self.visit("/", by=name)
            page.set_viewport_size(WINDOW)
            page.set_default_timeout(PATIENCE_MS)
            page.route("**/drawn/*", self._draw)
            self.pages[name] = page
        return self.pages[name]

    def go(self, name: str | None, path: str):
        """Have somebody open a page."""
        page = self.page_of(name)
        page.goto(path)
        return page

    def wait(self, **delta: float) -> None:
        """Let time pass on the office's clock, which is the server's too."""
        self.workspace.clock.advance(**delta)

    def picture(self, page, name: str, *, faces: tuple[str, ...] = (), at: str = "h1") -> None:
        """Take the picture of a step.

        Args:
            page: What is shown.
            name: What the step is called.
            faces: Whom the photographs on the page show, in their order: they are drawn instead.
            at: What is to stand at the top; the top of the page where it is its heading.
        """
        assert violations(page) == [], name
        photographs = page.locator(PHOTOGRAPHS)
        assert photographs.count() == len(faces), f"{name} shows other photographs than it says"
        assert page.locator("canvas:visible, video:visible").count() == 0, name
        assert page.evaluate("[...document.images].every(each => each.naturalWidth > 0)"), name
        for number, who in enumerate(faces):
            image = photographs.nth(number).element_handle()
            page.evaluate(_REPLACE, [image, f"/drawn/{who}-{number}.jpg"])
        page.mouse.move(0, 0)
        page.locator(at).first.evaluate(_SCROLL)
        self.taken.append(name)
        page.screenshot(path=self.folder / f"{len(self.taken):02}-{name}.png")

    def _draw(self, route) -> None:
        who, _, number = route.request.url.rpartition("/")[2].removesuffix(".jpg").rpartition("-")
        face = drawn(who) if number == "0" else DrawnEngine("").retaken(drawn(who))
        route.fulfill(body=face, content_type="image/jpeg")


@dataclass(frozen=True)
class Cast:
    """Who plays, by the id under which they are enrolled; photographs and a clip of real people.

    Attributes:
        enrolled: A photograph of each, for the gallery.
        sought: Another photograph of some, years younger.
        clip: A film of one of them.
    """

    enrolled: dict[str, bytes]
    sought: dict[str, bytes]
    clip: Path

    @property
    def bound(self) -> list[bytes]:
        """All that a trial is bound to."""
        return [*self.enrolled.values(), *self.sought.values(), self.clip.read_bytes()]


def cast_of(faces: Path) -> Cast:
    """Three people as they were in 2015 and in 2023, and one who is filmed."""
    years = {year: faces / "congress" / year for year in ("2015", "2023")}
    both = sorted({each.name for each in years["2015"].iterdir()} & set(_names(years["2023"])))
    enrolled = {f"person-{n}": (years["2015"] / both[n - 1]).read_bytes() for n in (1, 2, 3)}
    sought = {f"person-{n}": (years["2023"] / both[n - 1]).read_bytes() for n in (1, 2)}
    enrolled["person-4"] = _still(faces / "clips" / "sign-again.mkv")
    return Cast(enrolled, sought, faces / "clips" / "sign-yes.mkv")


def _names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def _still(film: Path) -> bytes:
    """One picture of a film, as a photograph."""
    out = io.BytesIO()
    with av.open(str(film)) as opened:
        frame = next(each for number, each in enumerate(opened.decode(video=0)) if number == 10)
        frame.to_image().save(out, "JPEG", quality=95)
    return out.getvalue()


def scores_by_sex(faces: Path, engine, people: int) -> bytes:
    """A table of scores that the engine gives photographs of so many women and as many men."""
    with (faces / "congress" / "labels.csv").open() as file:
        sexes = {row["subject_id"]: row["sex"] for row in csv.DictReader(file) if row["sex"]}
    pairs = {}
    for sex in ("female", "male"):
        alike = [who for who in sorted(sexes) if sexes[who] == sex]
        paths = [[faces / "congress" / y / f"{who}.jpg" for y in ("2015", "2023")] for who in alike]
        pairs |= {each[0].stem: each for each in paths if all(p.exists() for p in each)}
        chosen = [who for who in pairs if sexes[who] == sex][:people]
        pairs = {who: pair for who, pair in pairs.items() if sexes[who] != sex or who in chosen}
    seen = {who: features_of(engine, [p.read_bytes() for p in pair]) for who, pair in pairs.items()}
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("probe", "reference", "mated", "score", "probe_sex", "reference_sex"))
    for one, (then, _) in seen.items():
        for other, (_, now) in seen.items():
            if then and now:
                mated, said = int(one == other), f"{score(then, now):.4f}"
                table.writerow((f"{one}-15", f"{other}-23", mated, said, sexes[one], sexes[other]))
    return out.getvalue().encode()


@contextmanager
def watching(workspace, permit_id: str, gallery: str, clip: Path):
    """A watch of a clip beside the server; at its first lead it waits until the block is over."""
    found, go_on = threading.Event(), threading.Event()
    wrong: list[BaseException] = []

    def hear(sighting) -> None:
        if sighting.answer is not None and sighting.answer.lead_id:
            found.set()
            go_on.wait(120)

    def watch() -> None:
        try:
            with opening_of(workspace, engine=None)() as again:
                cameras = open_cameras([str(clip)], [None], None)
                request = Request(
                    principal=again.acting("operator").principal,
                    operation=Operation.WATCH,
                    permit_id=permit_id,
                    gallery_id=gallery,
                    circumstances=Circumstances(sample=SampleKind.PHOTOGRAPH),
                    footage=cameras.footage,
                )
                plan = Plan(request, cameras.cameras, hear=hear, tell=lambda _: None)
                watch_cameras(again, plan, stop=threading.Event())
        except BaseException as error:  # noqa: BLE001  # raised again where it was begun
            wrong.append(error)
        finally:
            found.set()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        assert found.wait(120), "nobody was found on the clip"
        if not wrong:
            yield
    finally:
        go_on.set()
        thread.join()
    if wrong:
        raise wrong[0]
