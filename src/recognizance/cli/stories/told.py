"""What a story tells once it was decided and run: values for the table, the page and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizance.cli.demo.story import Picture
    from recognizance.cli.stories.story import Ask, Story
    from recognizance.types import Outcome


REHEARSED = "trial permit"
"""The step with which a rehearsal begins."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule says.

    Attributes:
        rule_id: The rule.
        sentences: Why, a plain sentence for each clause that decided.
        source: Where the rule comes from; empty for a derivation.
        mark: How sure we are of the source: V read, S second-hand, M from memory.
    """

    rule_id: str
    sentences: tuple[str, ...]
    source: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the gate answered.

    Attributes:
        outcome: The outcome.
        deciding: Every rule that decided, as the gate lists them.
        first: What the rules to read first say.
        others: What the other deciding rules say.
        missing: What would have to be stated or proven: the questions.
        figures: Measured figures that the decision rests on, in words.
        asker: Who asks and what for, as the submission states it.
        problems: What did not come out as written; empty where all did.
    """

    outcome: Outcome
    deciding: tuple[str, ...]
    first: tuple[Reason, ...]
    others: tuple[Reason, ...]
    missing: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    asker: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened in a run.

    Attributes:
        mark: `good`, `held`, `stop` or `plain`: how it is shown.
        outcome: The outcome in a word or two.
        about: What was done, to whom.
        details: Rules, reasons, rates; one line each.
        entry: Where it stands in the ledger, as `uses/17`; empty where it stands nowhere.
    """

    mark: str
    outcome: str
    about: str
    details: tuple[str, ...] = ()
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A ledger entry of a run and the proof that it is there."""

    entry: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What happened when a permitted request was run.

    Attributes:
        ending: How it ended, in one sentence.
        steps: What happened, in order.
        receipts: Proofs of what was written down.
        pictures: Pictures that were made.
        root: The ledger at the end: what it holds, and that it verifies; empty where nothing ran.
        problem: Why it did not end as written; empty where it did.
    """

    ending: str
    steps: tuple[Step, ...]
    receipts: tuple[Receipt, ...] = ()
    pictures: tuple[Picture, ...] = ()
    root: str = ""
    problem: str = ""

    @property
    def rehearsed(self) -> bool:
        """Whether it ran as a trial, because the measured figures did not give it in earnest."""
        return any(step.outcome == REHEARSED for step in self.steps)


@dataclass(frozen=True, slots=True)
class ToldAsk:
    """One request with all that came of it.

    Attributes:
        ask: The request as it stands in the book.
        decided: What the gate answered; None where no permit is needed.
        measured: What it answers with measured figures; None where none decide.
        ran: What happened; None where nothing is run, or nothing was run this time.
    """

    ask: Ask
    decided: Decided | None = None
    measured: Decided | None = None
    ran: Ran | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What did not end as written."""
        halves = (half.problems for half in (self.decided, self.measured) if half is not None)
        run = (self.ran.problem,) if self.ran is not None and self.ran.problem else ()
        return (*(words for half in halves for words in half), *run)


@dataclass(frozen=True, slots=True)
class ToldStory:
    """A story with its requests."""

    number: int
    story: Story
    asks: tuple[ToldAsk, ...]

    @property
    def ok(self) -> bool:
        """Whether everything ended as written."""
        return not any(each.problems for each in self.asks)


def as_json(stories: tuple[ToldStory, ...]) -> list[dict[str, object]]:
    """The stories for programs."""
    return [
        {
            "number": told.number,
            "setting": told.story.setting,
            "title": told.story.title,
            "ok": told.ok,
            "asks": [_ask(each) for each in told.asks],
        }
        for told in stories
    ]


def _ask(told: ToldAsk) -> dict[str, object]:
    ran = told.ran
    return {
        "asked": told.ask.asked,
        "case": told.ask.case,
        "decided": _decided(told.decided),
        "measured": _decided(told.measured),
        "run": None
        if ran is None
        else {
            "scene": told.ask.scene,
            "ending": ran.ending,
            "steps": [
                {
                    "outcome": step.outcome,
                    "about": step.about,
                    "details": list(step.details),
                    "entry": step.entry or None,
                }
                for step in ran.steps
            ],
            "ledger": ran.root,
            "problem": ran.problem or None,
        },
        "problems": list(told.problems),
    }


def _decided(half: Decided | None) -> dict[str, object] | None:
    if half is None:
        return None
    return {
        "outcome": half.outcome.value,
        "rules": list(half.deciding),
        "asker": half.asker or None,
        "missing": list(half.missing),
        "figures": list(half.figures),
    }
