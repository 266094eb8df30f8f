"""The authority's book: every answer, withdrawal and status list, as its own log tells it.

Pure replay, without files. The book knows who an operator is by more than a name: a permit counts
for a request if name, workspace or one key is the same, and so on from permit to permit, so that
a renamed operator, or one with five hundred workspaces, is still one operator (rule D7).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes
from recognizance.errors import LedgerDamagedError, RecognizanceError
from recognizance.gate.letters import Answer, AnswerKind, PermitRequest
from recognizance.gate.permit_signatures import askers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from recognizance.gate.permit import Permit, Target
    from recognizance.gate.submission import Submission
    from recognizance.ledger import Entry


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and what became of it.

    Attributes:
        request: What was asked for.
        answer: What was answered.
        letter: The answer as it left, byte for byte.
    """

    request: PermitRequest
    answer: Answer
    letter: bytes

    @property
    def permit(self) -> Permit:
        """The permit as the authority gave it, or else as it was asked for."""
        return self.answer.permit or self.request.permit

    @property
    def marks(self) -> frozenset[str]:
        """What the operator is known by."""
        return marks_of(self.request.permit, self.request.submission)


def marks_of(permit: Permit, submission: Submission) -> frozenset[str]:
    """Name, workspace and keys of whoever asks, each as a mark to compare."""
    marks = {f"workspace {permit.workspace_id}", *(f"key {key}" for key in askers(permit))}
    name = name_mark(submission)
    return frozenset(marks | ({name} if name else set()))


def name_mark(submission: Submission) -> str | None:
    """The operator's name, folded (NFKC, case, blanks, punctuation); None where there is none.

    Who means to be taken for another writes the name a little differently.
    """
    folded = unicodedata.normalize("NFKC", submission.text("operator")).casefold()
    letters = "".join(letter for letter in folded if letter.isalnum())
    return f"name {letters}" if letters else None


@dataclass(slots=True)
class Book:
    """What an authority has said so far.

    Attributes:
        answers: By digest of the request.
        withdrawn: When each permit was withdrawn, by its id.
        lists: How many status lists were written.
    """

    answers: dict[str, Answered] = field(default_factory=dict)
    withdrawn: dict[str, datetime] = field(default_factory=dict)
    lists: int = 0

    def replay(self, entry: Entry, private: object, *, authority: bytes) -> None:
        """Take one entry of the book into account.

        Raises:
            LedgerDamagedError: The letters that belong to it are gone, or are others.
        """
        match entry.kind:
            case "request_answered":
                answered = _answered(private, authority)
                if answered.request.digest != entry.public["request"]:
                    raise _damaged()
                self.answers[answered.request.digest] = answered
            case "permit_withdrawn":
                self.withdrawn[str(entry.public["permit"])] = entry.time
            case "status_listed":
                self.lists += 1

    @property
    def next_number(self) -> int:
        """The number of the next answer, from 1."""
        return len(self.answers) + 1

    def countersigned(self) -> Mapping[str, Answered]:
        """Every permit that the authority has countersigned, by its id."""
        return {
            each.answer.permit_id: each
            for each in self.answers.values()
            if each.answer.kind is AnswerKind.COUNTERSIGNED
        }

    def conditional(self, permit_id: str) -> Permit | None:
        """The permit as the authority has changed it, where it set conditions on it."""
        changed = [
            each.answer.permit
            for each in self.answers.values()
            if each.answer.kind is AnswerKind.CONDITIONAL and each.answer.permit_id == permit_id
        ]
        return changed[-1] if changed else None

    def first_target(self, permit_id: str) -> Target | None:
        """The error rate that was asked for first, where the authority set conditions since."""
        targets = [
            each.request.permit.target
            for each in self.answers.values()
            if each.answer.kind is AnswerKind.CONDITIONAL and each.answer.permit_id == permit_id
        ]
        return targets[0] if targets else None

    def earlier(self, request: PermitRequest) -> tuple[Answered, ...]:
        """What was answered before on the same submission."""
        return tuple(
            each
            for each in self.answers.values()
            if each.request.submission.digest == request.submission.digest
        )

    def open_of_operator(
        self, request: PermitRequest, *, now: datetime, without: str | None
    ) -> tuple[Answered, ...]:
        """The operator's permits that are open: countersigned, not withdrawn, not at their end."""
        given = self.countersigned()
        same = connected(
            marks_of(request.permit, request.submission),
            [each.marks for each in given.values()],
        )
        return tuple(
            each
            for permit_id, each in given.items()
            if permit_id not in self.withdrawn
            and permit_id != without
            and now < each.permit.expires_at
            and each.marks & same
        )

    def to_list(self, *, now: datetime) -> frozenset[str]:
        """Ids of the withdrawn permits whose time is not over, for the status list."""
        given = self.countersigned()
        return frozenset(
            permit_id for permit_id in self.withdrawn if now < given[permit_id].permit.expires_at
        )


def connected(marks: frozenset[str], others: Iterable[frozenset[str]]) -> frozenset[str]:
    """All marks that hang together with the first ones, from permit to permit."""
    known, rest = set(marks), list(others)
    while joined := [each for each in rest if each & known]:
        rest = [each for each in rest if not each & known]
        known.update(*joined)
    return frozenset(known)


def _answered(private: object, authority: bytes) -> Answered:
    match private:
        case {"request": dict(asked), "answer": dict(answered)}:
            pass
        case _:
            raise _damaged()
    letter = canonical_bytes(answered)
    try:
        request = PermitRequest.open(canonical_bytes(asked))
        return Answered(request, Answer.open(letter, authority), letter)
    except RecognizanceError as error:
        raise _damaged() from error


def _damaged() -> LedgerDamagedError:
    return LedgerDamagedError(
        "The authority's book holds a letter that is not as it was written.",
        hint="Restore the book from a backup; without it what is open cannot be counted.",
    )
