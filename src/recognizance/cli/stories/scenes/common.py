"""What several scenes do: ask in earnest, follow a lead to its confirmation, say it in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.cli.stories.scenery import REVIEWERS
from recognizance.errors import RecognizanceError
from recognizance.review import LeadState, lead_from_bytes

if TYPE_CHECKING:
    from recognizance.cli.stories.stage import Stage
    from recognizance.cli.stories.story import Ask
    from recognizance.uses import Answer

NUMBERS = {1: "one reviewer", 2: "two reviewers", 3: "three reviewers"}
REASONS = (
    "same ears, same scar at the brow",
    "same line of the jaw, same eyes",
    "looked anew, without what the others said: the same person",
)


def case_name(ask: Ask) -> str:
    """The case of a request that has a scene.

    Raises:
        RecognizanceError: The book names none.
    """
    if ask.case is None:
        raise RecognizanceError("The book names no case for this scene.", hint="Write it there.")
    return ask.case


def in_earnest(stage: Stage, ask: Ask) -> None:
    """Ask for it with measured figures; the book says that the gate does not give it."""
    if ask.measured is not None:
        stage.ask_in_earnest(case_name(ask), ask.measured)


def lead_of(stage: Stage, answer: Answer) -> str:
    """The lead that an answer holds; nobody is named with it."""
    stage.must(answer.lead_id is not None, "The search gave no lead.")
    stage.must(not answer.subjects, "Somebody was named before anybody looked.")
    return answer.lead_id or ""


def confirm(stage: Stage, lead: str) -> int:
    """Have as many reviewers as the permit asks for say that it is the same person.

    Returns:
        How many spoke.
    """
    for number, (name, reason) in enumerate(zip(REVIEWERS, REASONS, strict=True), start=1):
        said = stage.review(name, lead, "same_person", reason=reason)
        state = lead_from_bytes(stage.workspace.gallery.lead(lead).body).state
        last = state is not LeadState.OPEN
        stage.must(bool(said.subjects) == last, "Somebody was named before all had looked.")
        stage.tell(
            "good" if last else "plain",
            "confirmed" if last else "one says yes",
            f"{name} says it is the same person: {reason}"
            + ("" if last else "; the lead still waits, and nobody is told what they said"),
            entry=said.entry,
        )
        if last:
            stage.expect(said, "confirmed")
            stage.keep_receipt(said, "the last verdict, which released the result")
            return number
    raise RecognizanceError("The lead waits for more reviewers than there are.")


def people(number: int) -> str:
    """How many reviewers, in words."""
    return NUMBERS[number]
