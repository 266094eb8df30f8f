"""The questions of the interview: plain words, and which fields each answer fills."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.errors import InputError, SubmissionError
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NO, NOTHING, UNKNOWN, YES
from recognizance.gate.reading import read_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from recognizance.gate.kinds import Value

SKIPPED: Final = frozenset({"?", "unknown", "skip"})
"""What leaves a question open."""

NOBODY: Final = "nobody"
"""The choice that goes with no other."""

_RANGE: Final = re.compile(r"(\d{1,4}) *- *(\d{1,4})")


class Form(StrEnum):
    """How a question is answered."""

    ONE = "one"
    """One of the choices, by number or by name."""
    SEVERAL = "several"
    """One or more of the choices."""
    TICKED = "ticked"
    """Those of the choices that are so; the others are not. An empty answer: none is."""
    OPEN = "open"
    """Numbers, texts or days, as the fields ask for; several with commas, in their order."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer.

    Attributes:
        name: What may be typed instead of its number.
        label: What stands behind the number.
        fills: The fields that it states.
        otherwise: The fields that it states where it is not ticked.
    """

    name: str
    label: str
    fills: Mapping[str, Value]
    otherwise: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topic:
    """One question.

    Attributes:
        name: The field, or what the fields of the question have in common.
        question: In plain words.
        form: How it is answered.
        choices: The choices; none where the form is open.
        fields: Every field that an answer may state.
    """

    name: str
    question: str
    form: Form
    choices: tuple[Choice, ...]
    fields: tuple[str, ...]

    def read(self, answer: str) -> Mapping[str, Value]:
        """The fields that an answer states; none where it leaves the question open.

        Args:
            answer: What was typed: numbers or names of choices, or the value itself.

        Raises:
            InputError: It is none of the choices, or no value of the field. The hint names them.
        """
        typed = answer.strip()
        if typed.casefold() in SKIPPED:
            return {}
        if self.form is Form.OPEN:
            return self._read_open(typed)
        if not typed and self.form is not Form.TICKED:
            raise self._unread(typed)
        chosen = [self._choice(part) for part in self._parts(typed)]
        if self.form is Form.ONE and len(chosen) != 1:
            raise self._unread(typed)
        if len(chosen) > 1 and any(choice.name == NOBODY for choice in chosen):
            raise self._unread(typed)
        ticked = chosen if typed not in {"0", "none"} else []
        return self._merged(ticked)

    def _read_open(self, typed: str) -> Mapping[str, Value]:
        parts = typed.split(",", len(self.fields) - 1) if typed else []
        read = {}
        for name, part in zip(self.fields, map(str.strip, parts), strict=False):
            if part and part.casefold() not in SKIPPED:
                read[name] = _value(name, part)
        return read

    def _parts(self, typed: str) -> Iterator[str]:
        """What stands between the commas; a range as `1-3` is each of its numbers."""
        for part in filter(None, map(str.strip, typed.split(","))):
            found = _RANGE.fullmatch(part)
            if found is None or self.form is Form.ONE:
                yield part
                continue
            first, last = int(found[1]), int(found[2])
            if not 1 <= first <= last <= len(self.choices):
                raise self._unread(part)
            yield from map(str, range(first, last + 1))

    def _choice(self, part: str) -> Choice:
        typed = part.strip().casefold().replace(" ", "_").replace("-", "_")
        if self.form is Form.TICKED and typed in {"0", "none"}:
            return _NOTHING
        if typed.isdecimal() and 1 <= int(typed) <= len(self.choices):
            return self.choices[int(typed) - 1]
        for choice in self.choices:
            if typed == choice.name.casefold():
                return choice
        raise self._unread(part)

    def _merged(self, chosen: Iterable[Choice]) -> Mapping[str, Value]:
        """What the chosen ones state together; several values of one field become one set."""
        filled: dict[str, Value] = {}
        for choice in self.choices:
            filled |= choice.otherwise
        for choice in chosen:
            for name, value in choice.fills.items():
                already = filled.get(name)
                both = isinstance(already, frozenset) and isinstance(value, frozenset)
                filled[name] = already | value if both else value  # type: ignore[operator]  # both are sets
        return filled

    def _unread(self, typed: str) -> InputError:
        numbers = f"1 to {len(self.choices)}"
        how = {
            Form.ONE: f"Type one number, {numbers}.",
            Form.SEVERAL: f"Type one or more numbers, {numbers}, as 1,3 or 2-4.",
            Form.TICKED: f"Type the numbers that are so, {numbers}, with commas; 0 for none.",
            Form.OPEN: "",
        }[self.form]
        return InputError(
            f"{typed!r:.40} is not one of the choices.", hint=f"{how} ? leaves it open."
        )


def _value(name: str, typed: str) -> Value:
    try:
        value = read_value(FIELDS[name], typed)
    except SubmissionError as error:
        raise InputError(error.message, hint=f"{error.hint} ? leaves it open.") from error
    return UNKNOWN if value is None else value


_NOTHING: Final = Choice("none", "none of these", MappingProxyType({}))


_LABELS: Final[Mapping[str, str]] = {
    "verify_1to1": "check that one person is who they say they are",
    "identify_1toN": "find out who a person is among several",
    "watchlist": "tell when somebody on a list passes",
    "track": "follow people from camera to camera",
    "cluster": "sort pictures by person, without names",
    "categorise": "sort people into kinds by their face",
    "emotion": "read feelings",
    "scrape_enroll": "make a list from pictures of the web",
    "predict": "predict from a face what a person will do",
    "opted_in": "people who agreed to it",
    "named_person": "one named person only",
    "existing_cctv": "cameras that hang there already",
    "upload": "pictures that are uploaded",
    "near_live": "within ten minutes",
    "recorded": "later, from recordings",
    "lead": "people look into it",
    "stop": "the person is stopped",
    "deny": "the person is turned away",
    "arrest": "the person is arrested",
    "consent": "the consent of everybody compared",
    "statute": "a law",
    "warrant": "a judge's order",
    "independent": "an order of an independent authority",
    "emergency": "an emergency, an order to follow",
    "point": "one point, like a door",
    "subject_key": "the person, by a key of their own",
}
"""Values that do not explain themselves, in plain words."""


def _listed(name: str, question: str, form: Form = Form.ONE) -> Topic:
    """A question on one closed list, every value a choice."""
    values = FIELDS[name].values
    choices = tuple(
        Choice(
            value,
            _LABELS.get(value, value.replace("_", " ")),
            MappingProxyType({name: frozenset({value}) if form is not Form.ONE else value}),
        )
        for value in values
    )
    return Topic(name, question, form, choices, (name,))


def _open(question: str, *fields: str) -> Topic:
    return Topic(fields[0], question, Form.OPEN, (), fields)


def _asked(name: str, label: str) -> Choice:
    """A yes/no fact to tick."""
    return Choice(name, label, MappingProxyType({name: YES}), MappingProxyType({name: NO}))


def _ticked(name: str, question: str, *choices: Choice) -> Topic:
    fields = dict.fromkeys(field for choice in choices for field in choice.fills)
    return Topic(name, question, Form.TICKED, choices, tuple(fields))


def _read_from_faces(name: str, label: str, traits: str) -> Choice:
    fills = MappingProxyType({"infer": frozenset(traits.split())})
    return Choice(name, label, fills, MappingProxyType({"infer": NOTHING}))


def _listing(name: str, label: str, criteria: str, sources: str) -> Choice:
    """Why people are listed and where their photographs come from, as it usually goes together."""
    fills = {"wl.criteria": frozenset({criteria}), "wl.source": frozenset(sources.split())}
    return Choice(name, label, MappingProxyType(fills))


_SO: Final = _ticked(
    "circumstances",
    "Which of these are so? Commas between numbers; Enter for none.",
    _asked("routine", "it is done to everybody there by default"),
    _asked("assembly", "people gather, worship, strike, protest or vote there, or may"),
    _asked("pop.minors", "children are among the people compared"),
    _asked("wl.minors", "children are on the list of people looked for"),
    _asked("op.on_behalf_of_police", "the operator acts for the police"),
    _asked("cam.officer_data", "an officer's camera took the footage"),
    _asked("alert.group", "it alerts when people of a group are there or gather"),
    _asked("action.auto", "something is done without a person deciding"),
    _asked("action.lineup", "a line-up is drawn from a candidate"),
    _read_from_faces(
        "traits",
        "it tells race, belief, politics, union, orientation, sex life or status",
        "race ethnicity religion politics union orientation sex_life immigration",
    ),
    _read_from_faces("age_sex", "it tells age or sex", "age sex"),
    _read_from_faces("emotion", "it reads feelings", "emotion"),
    Choice(
        "shared",
        "somebody else gets the templates",
        MappingProxyType({"tmpl.shared_with": UNKNOWN}),
        MappingProxyType({"tmpl.shared_with": NOTHING}),
    ),
)

OPENING: Final = (
    _listed("op.kind", "Who operates it?"),
    _listed("fn", "What is it to do?"),
    _listed("place.kind", "At what kind of place?"),
    _listed("pop.kind", "Whose faces are compared? Everybody in view counts.", Form.SEVERAL),
    _listed("cam.kind", "With which cameras?", Form.SEVERAL),
    _listed("purpose", "For which one purpose?"),
    _SO,
)
"""Asked first, in this order, unless the outcome stands before: without them nothing is known."""

FURTHER: Final = (
    _listed("mode", "Is it searched live, nearly live, or later from recordings?"),
    _open(
        "In which country, state and city? Like: US, CA, San Francisco. Or only: SE.",
        "op.country",
        "op.subdiv",
        "op.city",
    ),
    _open(
        "How many cameras, and how many people on the list? Like: 2, 40.",
        "cam.count",
        "wl.size",
    ),
    Topic(
        "listing",
        "Who is on the list, and where do their photographs come from?",
        Form.SEVERAL,
        (
            _listing(NOBODY, "nobody, there is no list", "none", "none"),
            _listing("enrolled", "people who enrolled themselves", "enrolled", "own_enrolment"),
            _listing("staff", "staff, from the employer's records", "staff", "institution_records"),
            _listing("detainees", "detainees, from the records", "detainee", "institution_records"),
            _listing("missing", "a missing person, from the family", "missing_person", "family"),
            _listing("victims", "victims, from case files", "victim", "case_file"),
            _listing("named", "a named person, from case files", "named_target", "case_file"),
            _listing("warrant", "people under a warrant, from case files", "warrant", "case_file"),
            _listing("suspects", "suspects, from case files", "suspect", "case_file"),
            _listing("convicts", "convicts, from custody pictures", "convict", "custody"),
            _listing("threat", "people who are a threat, from case files", "threat", "case_file"),
            _listing("banned", "people who are banned, own incidents", "ban", "own_incident"),
            _listing("incident", "people of own incidents", "incident", "own_incident"),
            _listing("shared", "people whom others listed", "incident", "shared_list"),
            _listing(
                "excluded", "people who excluded themselves", "self_excluded", "own_enrolment"
            ),
            _listing("web", "anybody, from the web or social media", "trait", "web social_media"),
            _listing("group", "people of a group, belief or event", "trait", "shared_list"),
        ),
        ("wl.criteria", "wl.source"),
    ),
    _listed("action.kind", "What is done to a person on a candidate?"),
    _ticked(
        "people",
        "What are people told and offered? Commas between numbers; Enter for none.",
        _asked("notice", "there is a notice at the place"),
        _asked("consent.explicit", "everybody compared agreed explicitly"),
        _asked("consent.written", "everybody compared signed a release"),
        _asked("alternative", "there is an equal way without a face"),
    ),
    _ticked(
        "governance",
        "What is in place? Commas between numbers; Enter for none.",
        _asked("gov.dpia", "data-protection impact assessment, with those who only pass by"),
        _asked("gov.fria", "fundamental-rights impact assessment"),
        _asked("gov.registered", "registration of this use"),
        _asked("gov.public_report", "public record of this use"),
        _asked("gov.complaints", "a way to see, erase and complain"),
        _asked("gov.training", "training programme"),
        _asked("gov.audit", "yearly audit"),
        _asked("gov.harm_assessment", "assessment of harm to groups"),
        _asked("gov.existing_system_review", "review of the cameras that hang there already"),
        _asked("wl.entry_review", "a second person reviews each entry of the list"),
    ),
    _listed("auth.kind", "On which authority does it rest?"),
    _open(
        "Which offence or aim does the authority name, and its most years? Like: robbery, 8.",
        "auth.objective",
        "auth.offence_max_y",
    ),
    _listed("place.span", "How far does the place reach?"),
    _open("Why are the people sought expected there?", "place.why"),
    _open("Which place does the authority allow?", "auth.scope_place"),
    _open("How many people check a candidate, each alone?", "review.n"),
    _listed("tmpl.custody", "Who holds the templates?"),
    _open("How many seconds pass between capture and search?", "delay_s"),
)
"""Asked by what the rules still need. Test figures are not asked: they come from the evidence."""
