"""Letters between an operator and its authority: request, answer, status list.

Two machines exchange them as files; `envelope` says what makes one genuine. Pure: no clock, no
file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import RecognizanceError
from recognizance.gate.envelope import Letter, open_letter, require_author, seal_letter, spoilt
from recognizance.gate.permit_document import Permit
from recognizance.gate.permit_signatures import askers
from recognizance.gate.submission import Submission, submission_from
from recognizance.keys import fingerprint
from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Self

    from recognizance.keys import Signer

MOST_WITHDRAWN = 2000
"""House number: so many ids still fit into one entry of the operator's ledger."""


class AnswerKind(StrEnum):
    """What an authority answers.

    `countersigned`: the permit with the authority's signature. `conditional`: the same permit with
    more conditions or less leave, for the officers to sign anew. `refused`: no. `returned`:
    questions first.
    """

    COUNTERSIGNED = "countersigned"
    CONDITIONAL = "conditional"
    REFUSED = "refused"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """What an operator asks for: the permit as its officers signed it, and the submission.

    Attributes:
        permit: The permit, without the authority's signature.
        submission: What it rests on.
        requested_at: When it was written, by the operator's clock.
        digest: What an answer names it by; empty until it was read from a letter.
    """

    permit: Permit
    submission: Submission
    requested_at: datetime
    digest: str = ""

    KIND = "permit_request"

    def seal(self, senders: Sequence[Signer]) -> bytes:
        """Write it, signed by the proposer and by every officer who signed the permit."""
        return seal_letter(
            self.KIND,
            {
                "permit": parse_json(self.permit.to_json()),
                "submission": self.submission.as_dict(),
                "requested_at": utc_text(self.requested_at),
            },
            senders,
        )

    @classmethod
    def open(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            AuthorityError: It is none, or not signed by exactly those who ask for the permit.
            PermitForgedError: The permit in it is none.
        """
        letter = open_letter(data, cls.KIND)
        match letter.body:
            case {
                "permit": dict(permit),
                "submission": dict(submission),
                "requested_at": str(moment),
                **rest,
            } if rest.keys() == {"v", "kind"}:
                pass
            case _:
                raise spoilt("it has other parts")
        request = cls(
            Permit.from_json(canonical_bytes(permit)),
            _submission(submission),
            _moment(moment),
            letter.digest,
        )
        if request.permit.submission_digest != request.submission.digest:
            raise spoilt("its permit is about another submission")
        if {fingerprint(key) for key in letter.senders} != askers(request.permit):
            raise spoilt("those who sent it are not those who ask for the permit")
        if request.permit.countersignature is not None:
            raise spoilt("its permit is countersigned already")
        return request


@dataclass(frozen=True, slots=True)
class Answer:
    """What the authority answers to one request.

    Attributes:
        kind: What became of it.
        number: Which answer of this authority, from 1.
        answered_at: When, by the authority's clock.
        request: Digest of the request.
        permit_id: Which permit was asked for.
        permit: Countersigned, or changed and without any signature; None for the other kinds.
        rules: Ids of the rules that refused, or whose questions are open.
        reason: Why, in words.
        questions: What to answer before asking again.
    """

    kind: AnswerKind
    number: int
    answered_at: datetime
    request: str
    permit_id: str
    permit: Permit | None = None
    rules: tuple[str, ...] = ()
    reason: str = ""
    questions: tuple[str, ...] = ()

    KIND = "permit_answer"

    def seal(self, authority: Signer) -> bytes:
        """Write it, signed by the authority."""
        return seal_letter(
            self.KIND,
            {
                "answer": self.kind.value,
                "number": self.number,
                "answered_at": utc_text(self.answered_at),
                "request": self.request,
                "permit_id": self.permit_id,
                "permit": None if self.permit is None else parse_json(self.permit.to_json()),
                "rules": list(self.rules),
                "reason": self.reason,
                "questions": list(self.questions),
            },
            [authority],
        )

    @classmethod
    def open(cls, data: bytes, authority: bytes | None) -> Self:
        """Read one that this authority has signed.

        Raises:
            AuthorityError: It is none, or somebody else signed it.
            PermitForgedError: The permit in it is none.
        """
        letter = open_letter(data, cls.KIND)
        require_author(letter, authority)
        match letter.body:
            case {
                "answer": str(kind),
                "number": int(number),
                "answered_at": str(moment),
                "request": str(request),
                "permit_id": str(permit_id),
                "permit": permit,
                "rules": [*rules],
                "reason": str(reason),
                "questions": [*questions],
                **rest,
            } if rest.keys() == {"v", "kind"}:
                pass
            case _:
                raise spoilt("it has other parts")
        if kind not in set(AnswerKind):
            raise spoilt("its answer is none")
        answer = cls(
            AnswerKind(kind),
            number,
            _moment(moment),
            request,
            permit_id,
            None if permit is None else Permit.from_json(canonical_bytes(permit)),
            _texts(rules),
            reason,
            _texts(questions),
        )
        carries = answer.kind in {AnswerKind.COUNTERSIGNED, AnswerKind.CONDITIONAL}
        if carries is (answer.permit is None):
            raise spoilt("its answer and its permit do not fit")
        if answer.permit is not None and answer.permit.permit_id != permit_id:
            raise spoilt("its permit is another one")
        return answer


@dataclass(frozen=True, slots=True)
class StatusList:
    """What the authority still stands by: its numbered list of what it has withdrawn.

    Attributes:
        authority: Its public key, hex.
        number: Which list, from 1; a lower one never replaces a higher one.
        issued_at: When, by the authority's clock.
        next_due: When the next one is to come.
        withdrawn: Ids of withdrawn permits whose time is not over.
        letter: The letter as it was read; None before it is written.
    """

    authority: str
    number: int
    issued_at: datetime
    next_due: datetime
    withdrawn: frozenset[str]
    letter: Letter | None = None

    KIND = "status_list"

    def seal(self, authority: Signer) -> bytes:
        """Write it, signed by the authority."""
        return seal_letter(
            self.KIND,
            {
                "authority": self.authority,
                "number": self.number,
                "issued_at": utc_text(self.issued_at),
                "next_due": utc_text(self.next_due),
                "withdrawn": sorted(self.withdrawn),
            },
            [authority],
        )

    @classmethod
    def open(cls, data: bytes, authority: bytes | None) -> Self:
        """Read one that this authority has signed.

        Raises:
            AuthorityError: It is none, or somebody else signed it.
        """
        letter = open_letter(data, cls.KIND)
        require_author(letter, authority)
        match letter.body:
            case {
                "authority": str(named),
                "number": int(number),
                "issued_at": str(issued),
                "next_due": str(due),
                "withdrawn": [*withdrawn],
                **rest,
            } if rest.keys() == {"v", "kind"}:
                pass
            case _:
                raise spoilt("it has other parts")
        ids = _texts(withdrawn)
        if list(ids) != sorted(set(ids)) or len(ids) > MOST_WITHDRAWN or number < 1:
            raise spoilt("its list is in disorder")
        if authority is None or named != authority.hex():
            raise spoilt("it names another authority")
        return cls(named, number, _moment(issued), _moment(due), frozenset(ids), letter)


def _submission(content: Mapping[str, object]) -> Submission:
    try:
        return submission_from(content)
    except RecognizanceError as error:
        raise spoilt("its submission cannot be read") from error


def _moment(text: str) -> datetime:
    try:
        moment = utc_moment(text)
    except ValueError as error:
        raise spoilt("a time in it is none") from error
    if utc_text(moment) != text:
        raise spoilt("a time in it is written in another way")
    return moment


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise spoilt("a list in it holds something that is no text")
    return tuple(map(str, values))
