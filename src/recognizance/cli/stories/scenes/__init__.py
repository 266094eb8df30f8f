"""The scenes: each a small function that plays on a stage, tells lines and says how it ended.

A scene raises where something ends otherwise than written. Scenes that need no photographs are
played with the deciding half.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.cli.stories.scenes import airport, closed, people, police, private, school

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recognizance.cli.stories.stage import Stage
    from recognizance.cli.stories.story import Ask


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene.

    Attributes:
        play: Plays it and gives its ending, one sentence.
        needs_engine: Whether it needs photographs and models.
    """

    play: Callable[[Stage, Ask], str]
    needs_engine: bool = True


SCENES: Final[Mapping[str, Scene]] = MappingProxyType(
    {
        "named_person_in_footage": Scene(police.named_person_in_footage),
        "footage_handed_out": Scene(police.footage_handed_out),
        "arrestee_without_a_name": Scene(police.arrestee_without_a_name),
        "missing_adult": Scene(police.missing_adult),
        "what_was_measured_of_children": Scene(closed.what_was_measured_of_children, False),
        "own_glasses": Scene(private.own_glasses),
        "prison_gate": Scene(people.prison_gate),
        "airport_gate": Scene(airport.airport_gate),
        "staff_door": Scene(school.staff_door),
        "class_photograph": Scene(school.class_photograph),
        "shop_list": Scene(people.shop_list),
        "nothing_that_could": Scene(closed.nothing_that_could, False),
        "own_front_door": Scene(private.own_front_door),
    }
)
"""By the name that the book uses."""
