"""Play the whole book: decide every request, run every scene, each in a workspace of its own."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.cli.demo.story import Picture
from recognizance.cli.stories.book import STORIES
from recognizance.cli.stories.deciding import decide_ask, decide_measured
from recognizance.cli.stories.filmed import portrait
from recognizance.cli.stories.scenes import SCENES
from recognizance.cli.stories.stage import Stage
from recognizance.cli.stories.told import Ran, ToldAsk, ToldStory
from recognizance.errors import RecognizanceError
from recognizance.gate.bundle import load_bundle
from recognizance.workspace import load_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recognizance.cli.demo.photographs import Cast
    from recognizance.cli.stories.story import Ask, Story
    from recognizance.engine import Engine
    from recognizance.settings import Settings

NAMES = "ABCD"


def play(
    settings: Settings,
    cast: Cast | None,
    *,
    stories: Sequence[Story] = STORIES,
    tell: Callable[[ToldStory], None] = lambda _told: None,
) -> tuple[ToldStory, ...]:
    """Decide and run the stories.

    Args:
        settings: Where models are cached, and what runs them.
        cast: Who plays; None decides only, and runs what needs no photograph.
        stories: Which.
        tell: Called with each story when it is over.

    Returns:
        Every story, ended as written or with its problems.

    Raises:
        ModelError: The models cannot be loaded.
        CaseFileError: A case of the book is missing or cannot be read.
    """
    engine = None if cast is None else load_engine(settings)
    told = []
    with tempfile.TemporaryDirectory(prefix="recognizance-stories-") as folder:
        theatre = _Theatre(Path(folder), settings, cast, engine)
        for number, story in enumerate(stories, start=1):
            told.append(ToldStory(number, story, tuple(map(theatre.tell_of, story.asks))))
            tell(told[-1])
    return tuple(told)


def pictures_of(cast: Cast, settings: Settings) -> tuple[Picture, ...]:
    """The faces that play, under the names that the stories give them, with their credits."""
    engine = load_engine(settings)
    people: dict[str, str] = {}
    shown = []
    for photograph in cast.all:
        people.setdefault(photograph.person, NAMES[len(people)])
        face = portrait(engine, photograph.data)
        credit = f"{photograph.person}: {photograph.credit}"
        shown.append(Picture(face, f"Person {people[photograph.person]}", credit))
    return tuple(shown)


class _Theatre:
    """What all scenes share: the folder, the settings, the photographs, the models."""

    def __init__(
        self, folder: Path, settings: Settings, cast: Cast | None, engine: Engine | None
    ) -> None:
        self._folder, self._settings, self._cast, self._engine = folder, settings, cast, engine
        self._bundle = load_bundle()
        self._stages = 0

    def tell_of(self, ask: Ask) -> ToldAsk:
        """Decide one request, as stated and as measured, and run its scene."""
        told = ToldAsk(ask, decided=decide_ask(ask, self._bundle))
        if ask.measured is None and ask.scene is None:
            return told
        stage = self._stage()
        try:
            measured = decide_measured(ask, stage.workspace)
            return replace(told, measured=measured, ran=self._run(ask, stage))
        finally:
            stage.close()

    def _stage(self) -> Stage:
        self._stages += 1
        folder = self._folder / str(self._stages)
        folder.mkdir()
        stage = Stage.set_up(folder, self._settings, self._cast, self._engine)
        stage.workspace.bundle = self._bundle  # loading and validating it once is enough
        return stage

    def _run(self, ask: Ask, stage: Stage) -> Ran | None:
        scene = None if ask.scene is None else SCENES[ask.scene]
        if scene is None or (scene.needs_engine and self._cast is None):
            return None
        ending, root, problem = "", "", ""
        try:
            ending = scene.play(stage, ask)
            root = stage.closing_words() if scene.needs_engine else ""
        except RecognizanceError as error:  # the story says so, and the others go on
            problem = f"Ended otherwise than written: {error.message}"
        return Ran(
            ending=ending,
            steps=tuple(stage.steps),
            receipts=tuple(stage.receipts),
            pictures=tuple(stage.pictures),
            root=root,
            problem=problem,
        )
