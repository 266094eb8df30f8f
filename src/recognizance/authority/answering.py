"""The authority: answers requests by its own rules, across all permits of an operator.

An authority is a folder on a machine of its own: `authority.json`, the key that countersigns, and
a book (a ledger with a key of its own). Each answer stands in the book before it leaves.

    1 OPEN      the request, signed by those who ask for the permit
    2 COUNT     the operator's open permits: by name, workspace and keys
    3 DECIDE    by the rules that are loaded here
    4 COMPARE   is the permit what was decided, and no more?
    5 ANSWER    countersign, set conditions, refuse, or return with questions
    6 RECORD    in the book, then hand out
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from recognizance.authority.book import Answered, Book
from recognizance.authority.judging import NO_CHANGES, Changes, changed_permit, judge
from recognizance.canonical import parse_json
from recognizance.errors import (
    AuthorityError,
    ConflictError,
    InputError,
    LedgerDamagedError,
    NotFoundError,
)
from recognizance.evidence import load_evidence
from recognizance.gate.bundle import load_bundle
from recognizance.gate.letters import (
    MOST_WITHDRAWN,
    Answer,
    AnswerKind,
    PermitRequest,
    StatusList,
)
from recognizance.gate.permit import countersign
from recognizance.ledger import LogName, root_of_leaves
from recognizance.permits.decided import require_permitted
from recognizance.texts import checked_text
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import Self

    from recognizance.authority.judging import Verdict
    from recognizance.evidence import Evidence
    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.permit import Permit
    from recognizance.keys import Signer
    from recognizance.ledger import Ledger
    from recognizance.ports import Clock

MOST_QUESTIONS = 50
"""House number: who has more questions than this has a refusal."""

NEXT_LIST = timedelta(days=7)
"""House number: how long after a status list the next one is due. Operators stop at 30 days."""


class Authority:
    """An authority with its book open. Use it as a context manager.

    `recognizance.authority.folder` makes and opens one.
    """

    def __init__(self, *, name: str, key: Signer, ledger: Ledger, lock: Path, clock: Clock) -> None:
        self.name = name
        self.ledger = ledger
        self.book = Book()
        self._key = key
        self._lock = lock
        self._clock = clock
        self._leaves: list[bytes] = []
        self._refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    @property
    def public_key(self) -> bytes:
        """What workspaces pin."""
        return self._key.public_key

    def now(self) -> datetime:
        """Its clock."""
        return self._clock()

    @cached_property
    def bundle(self) -> RuleBundle:
        """The rules by which it decides."""
        return load_bundle()

    @cached_property
    def evidence(self) -> Evidence:
        """The measurement that error rates are held against."""
        return load_evidence()

    # ---- requests -------------------------------------------------------------------------

    def examine(self, data: bytes) -> Verdict:
        """Steps 1 to 4: what the rules say of a request. Nothing is written.

        Raises:
            AuthorityError: It is no request, or for another authority.
            PermitForgedError: The permit in it is none.
        """
        self._refresh()
        return judge(self._opened(data), self.book, self.bundle, self.evidence, now=self._clock())

    def countersign(self, data: bytes, changes: Changes = NO_CHANGES) -> Answered:
        """Countersign what the rules give; with changes, send it back for the officers to sign.

        A request that was answered so before gets the same answer again.

        Raises:
            RefusedError: A rule refuses.
            IncompleteError: The rules ask for something that is not shown.
            AuthorityError: The permit is not what the rules give.
            InputError: A change would give more, or cannot be set.
            ConflictError: The request was answered in another way.
        """
        kind = AnswerKind.CONDITIONAL if changes else AnswerKind.COUNTERSIGNED
        with self._alone():
            request = self._opened(data)
            wanted = changed_permit(request.permit, changes) if changes else None
            if (given := self._given_before(request, kind, permit=wanted)) is not None:
                return given
            verdict = judge(request, self.book, self.bundle, self.evidence, now=self._clock())
            require_permitted(verdict.decision)
            if verdict.problem is not None:
                raise AuthorityError(
                    f"This permit is not what the rules give: {verdict.problem}.",
                    hint="Refuse it, or return it with questions.",
                    rules=verdict.rules,
                )
            permit = wanted or countersign(request.permit, self._key)
            return self._answer(data, request, kind, permit=permit)

    def refuse(self, data: bytes, reason: str) -> Answered:
        """Refuse a request; that needs no rule, only a reason.

        Raises:
            ConflictError: The request was answered in another way.
        """
        reason = checked_text(reason, what="The reason")
        with self._alone():
            request = self._opened(data)
            given = self._given_before(request, AnswerKind.REFUSED, reason=reason)
            if given is not None:
                return given
            verdict = judge(request, self.book, self.bundle, self.evidence, now=self._clock())
            rules = verdict.rules if verdict.decision.outcome is Outcome.REFUSE else ()
            return self._answer(data, request, AnswerKind.REFUSED, reason=reason, rules=rules)

    def send_back(self, data: bytes, questions: Sequence[str], reason: str = "") -> Answered:
        """Return a request with questions.

        Raises:
            InputError: There is no question, or too many.
            ConflictError: The request was answered in another way.
        """
        if not 1 <= len(questions) <= MOST_QUESTIONS:
            raise InputError(
                f"Ask 1 to {MOST_QUESTIONS} questions.", hint="Give each with --question."
            )
        asked = tuple(checked_text(each, what="A question") for each in questions)
        reason = checked_text(reason, what="The reason") if reason else ""
        with self._alone():
            request = self._opened(data)
            given = self._given_before(request, AnswerKind.RETURNED, reason=reason, questions=asked)
            if given is not None:
                return given
            return self._answer(data, request, AnswerKind.RETURNED, reason=reason, questions=asked)

    # ---- what stands ----------------------------------------------------------------------

    def withdraw(self, permit_id: str, reason: str) -> None:
        """Withdraw a countersigned permit. It ends for the operator with the next status list.

        Raises:
            NotFoundError: No such permit was countersigned here.
            ConflictError: It was withdrawn before, or too many are.
        """
        reason = checked_text(reason, what="The reason")
        with self._alone():
            now = self._clock()
            if permit_id not in self.book.countersigned():
                raise NotFoundError(
                    "No permit of that id was countersigned here.",
                    hint="List the open ones with `recognizance gate authority DIR`.",
                )
            if permit_id in self.book.withdrawn:
                raise ConflictError(
                    "This permit was withdrawn already.", hint="Send the operator a status list."
                )
            if len(self.book.to_list(now=now)) >= MOST_WITHDRAWN:
                raise ConflictError(
                    f"A status list holds {MOST_WITHDRAWN} permits, and it is full.",
                    hint="Wait until some of them have reached their end.",
                )
            self._record("permit_withdrawn", {"permit": permit_id}, private={"reason": reason})

    def list_status(self) -> bytes:
        """Write the next status list, recorded before it leaves."""
        with self._alone():
            now = self._clock()
            status = StatusList(
                authority=self.public_key.hex(),
                number=self.book.lists + 1,
                issued_at=now,
                next_due=now + NEXT_LIST,
                withdrawn=self.book.to_list(now=now),
            )
            data = status.seal(self._key)
            letter = StatusList.open(data, self.public_key).letter
            self._record(
                "status_listed",
                {
                    "number": status.number,
                    "letter": letter.digest if letter else "",
                    "withdrawn": len(status.withdrawn),
                },
                private={"letter": parse_json(data)},
            )
            return data

    # ---- the steps ------------------------------------------------------------------------

    def _opened(self, data: bytes) -> PermitRequest:
        """Step 1."""
        request = PermitRequest.open(data)
        if request.permit.authority != self.public_key.hex():
            raise AuthorityError(
                "This request is for another authority, or for a permit that needs none.",
                hint="Send it to the authority that the workspace pinned.",
            )
        return request

    def _given_before(
        self,
        request: PermitRequest,
        kind: AnswerKind,
        *,
        permit: Permit | None = None,
        reason: str = "",
        questions: tuple[str, ...] = (),
    ) -> Answered | None:
        """The answer that was given to this request, if it is the one that is wanted now.

        Raises:
            ConflictError: It was answered in another way.
        """
        given = self.book.answers.get(request.digest)
        if given is None:
            return None
        answer = given.answer
        said = (answer.kind, answer.reason, answer.questions)
        if said != (kind, reason, questions) or (permit is not None and answer.permit != permit):
            raise ConflictError(
                f"This request was answered already: {answer.kind.value}.",
                hint="An answer stands; a new decision needs a new request.",
            )
        return given

    def _answer(
        self,
        data: bytes,
        request: PermitRequest,
        kind: AnswerKind,
        *,
        permit: Permit | None = None,
        rules: tuple[str, ...] = (),
        reason: str = "",
        questions: tuple[str, ...] = (),
    ) -> Answered:
        """Steps 5 and 6."""
        answer = Answer(
            kind=kind,
            number=self.book.next_number,
            answered_at=self._clock(),
            request=request.digest,
            permit_id=request.permit.permit_id,
            permit=permit,
            rules=rules,
            reason=reason,
            questions=questions,
        )
        letter = answer.seal(self._key)
        self._record(
            "request_answered",
            {
                "request": request.digest,
                "answer": kind.value,
                "number": answer.number,
                "permit": answer.permit_id,
                "submission": request.submission.digest,
                "rules": list(rules),
            },
            private={"request": parse_json(data), "answer": parse_json(letter)},
        )
        return self.book.answers[request.digest]

    # ---- the book -------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One answer at a time: what two processes count at once would be counted short."""
        with self._lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._refresh()
            yield

    def _record(self, kind: str, public: dict[str, object], *, private: dict[str, object]) -> None:
        self.ledger.append(LogName.DECISIONS, kind, public, private=private, now=self._clock())
        self._refresh()

    def _refresh(self) -> None:
        """Read what the book has gained; its own bytes have to give the root that was signed."""
        size, known = self.ledger.size(LogName.DECISIONS), len(self._leaves)
        gained = tuple(self.ledger.entries(LogName.DECISIONS, start=known, stop=size))
        leaves = [*self._leaves, *(entry.leaf_hash for entry in gained)]
        if root_of_leaves(leaves) != self.ledger.root(LogName.DECISIONS, size):
            raise LedgerDamagedError(
                "The entries of the book are not those that were signed.",
                hint="Restore the book from a backup.",
            )
        self._leaves = leaves
        for entry in gained:
            private = self.ledger.private(LogName.DECISIONS, entry.index)
            self.book.replay(entry, private, authority=self.public_key)
