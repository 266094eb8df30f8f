"""The subject desk: what people may ask about themselves, answered by somebody within a month."""

from recognizance.subjects.answering import (
    answer_in_words,
    correct,
    erase_on_request,
    export_held,
    refuse,
)
from recognizance.subjects.held import held_about
from recognizance.subjects.identity import establish, established_by_photograph
from recognizance.subjects.requests import (
    Kind,
    State,
    SubjectRequest,
    extend,
    overdue,
    receive,
    request_of,
    requests_of,
)

__all__ = [
    "Kind",
    "State",
    "SubjectRequest",
    "answer_in_words",
    "correct",
    "erase_on_request",
    "establish",
    "established_by_photograph",
    "export_held",
    "extend",
    "held_about",
    "overdue",
    "receive",
    "refuse",
    "request_of",
    "requests_of",
]
