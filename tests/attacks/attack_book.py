"""The list of attacks: who makes each, what stops it, and how it shows.

A test names its attack with `attack`; documents and mutation read the list that comes of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import pytest


class Who(StrEnum):
    """Who attacks."""

    OPERATOR = "operator"
    INSIDER = "insider with a key"
    OFFICER = "signing officer"
    APPLICANT = "applicant"
    THIEF = "thief of a laptop or a code"
    BYSTANDER = "bystander with a phone"
    FORK = "vendor's fork, or a changed program"


@dataclass(frozen=True)
class Edit:
    """A place in the source, and what stands there once the defence is gone."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Defence:
    """What stops attacks.

    Attributes:
        name: A short name.
        words: It, in a sentence.
        edits: What takes it away.
        anew: Whether the place has to be made anew without it, for what lies there to be as if it
            had never been.
    """

    name: str
    words: str
    edits: tuple[Edit, ...] = ()
    anew: bool = False


@dataclass(frozen=True)
class Attack:
    """One way around the gate.

    Attributes:
        module: In which file its test is.
        test: Name of its test.
        case: Id of the parameter, where one test makes several attacks.
        who: Who makes it.
        defence: What stops it, or shows it.
        shows: How it becomes visible.
        prevented: Whether the program stops it; else it can only show it afterwards.
    """

    module: str
    test: str
    case: str
    who: Who
    defence: Defence
    shows: str
    prevented: bool = True

    @property
    def sentence(self) -> str:
        """The attack in words."""
        words = self.test.removeprefix("test_").replace("_", " ")
        words = words[0].upper() + words[1:]
        return f"{words}: {self.case}" if self.case else words

    @property
    def node(self) -> str:
        """What pytest calls it, from the repository's root."""
        test = f"{self.test}[{self.case}]" if self.case else self.test
        return f"tests/attacks/{self.module}.py::{test}"


BOOK: list[Attack] = []
"""Every attack, in the order in which the tests stand."""

REFUSED = "refusal in the uses log"


def attack(
    who: Who,
    defence: Defence | dict[str, Defence],
    *,
    shows: str = REFUSED,
    prevented: bool = True,
    cases: dict[str, object] | None = None,
) -> Callable:
    """Enter a test into the list; with `cases` it runs once for each, as `case`.

    Where the cases have defences of their own, `defence` names one for each case.
    """

    def enter(test: Callable) -> Callable:
        for case in cases or [""]:
            assert re.fullmatch(r"[^\[\]|]*", case), case
            stops = defence[case] if isinstance(defence, dict) else defence
            BOOK.append(Attack(test.__module__, test.__name__, case, who, stops, shows, prevented))
        if not cases:
            return test
        return pytest.mark.parametrize("case", cases.values(), ids=list(cases))(test)

    return enter
