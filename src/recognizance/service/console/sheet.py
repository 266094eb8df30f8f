"""What somebody has typed into a proposal so far: it stands in the address, so nothing is lost.

A sheet holds texts by the name of their field, as they were typed. Reading it gives a submission of
all that can be read, and an error for each field that cannot. A submission makes a sheet that reads
back as the same submission, whatever it was imported from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from recognizance.errors import InputError, RecognizanceError, SubmissionError
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NONE, NUMBERS, SETS, UNKNOWN, Field, plain
from recognizance.gate.rates import parse_rate, window
from recognizance.gate.reading import read_value, with_country
from recognizance.gate.scope import Scope
from recognizance.gate.submission import Submission, submission_from
from recognizance.gate.terms import terms_of
from recognizance.gate.writing import set_texts
from recognizance.permits.issuing import Proposal, class_of
from recognizance.types import PPB, ErrorRate, utc_text

if TYPE_CHECKING:
    from typing import Self

    from recognizance.gate.kinds import Value
    from recognizance.gate.scope import Window
    from recognizance.permits.waiting import Filed

_SECTIONS: Final = (
    ("The permit", "class title operator"),
    ("Who operates it", "op"),
    ("What for", "fn purpose routine infer alert"),
    ("Where", "place"),
    ("With what", "cam mode delay_s"),
    ("Who stands before it", "pop assembly"),
    ("The list of people looked for", "wl"),
    ("What follows", "action auth review"),
    ("What people are told and can choose", "notice consent alternative"),
    ("What is kept", "tmpl ret"),
    ("How it is governed", "gov"),
    ("What was measured", "ev"),
)
STATABLE: Final = tuple(spec for spec in FIELDS.values() if spec.statable)
SECTIONS: Final = tuple(
    (title, tuple(spec for spec in STATABLE if spec.name.partition(".")[0] in heads.split()))
    for title, heads in _SECTIONS
)
"""Every field that can be stated, by what it is about."""

_ONE: Final = ("permit.rate", "permit.target", "permit.size", "permit.days", "permit.officers")
_MANY: Final = (
    "permit.gallery",
    "permit.site",
    "permit.camera",
    "permit.hours",
    "permit.person",
    "permit.case",
    "permit.sample",
)
TERMS: Final = (*_ONE, *_MANY)
"""What a permit is to cover, beside what the submission says."""

_LIST: Final = "wl"
_ASKED: Final = "asked"
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MOST_SAMPLES: Final = 200
_MOST_ASKED: Final = 50


@dataclass(frozen=True)  # no slots: what is read is kept
class Sheet:
    """What was typed.

    Attributes:
        typed: Texts by field or term; a name without a text is not there.
        listed: Whether there is a list, even where nothing is said of it.
        asked: Names of the questions that were asked in the interview.
    """

    typed: Mapping[str, tuple[str, ...]]
    listed: bool = False
    asked: tuple[str, ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """The sheet of an address or a form; what is no field of it is left out."""
        typed: dict[str, tuple[str, ...]] = {}
        listed = False
        asked: tuple[str, ...] = ()
        for name, text in pairs:
            words = text.replace("\r\n", "\n").strip()
            if name == _LIST:
                listed = True
            elif name == _ASKED:
                asked = tuple(dict.fromkeys(words.split()))[:_MOST_ASKED]
            elif words and _is_known(name) and words not in typed.get(name, ()):
                typed[name] = (*typed.get(name, ()), words)
        return cls(MappingProxyType(typed), listed, asked)

    @classmethod
    def of_submission(cls, submission: Submission) -> Self:
        """The sheet that says the same as a submission."""
        typed = {name: _texts(name, value) for name, value in submission.stated.items()}
        return cls(MappingProxyType(typed), submission.has_list)

    @classmethod
    def of_filed(cls, submission: Submission, proposed: Filed) -> Self:
        """The sheet that says the same as a proposal that was made, and covers the same."""
        said = cls.of_submission(submission)
        terms = {name: texts for name, texts in _terms_of(proposed).items() if texts}
        return replace(said, typed=MappingProxyType({**said.typed, **terms}))

    def stating(self, submission: Submission, asked: tuple[str, ...]) -> Self:
        """The same terms, with another submission."""
        terms = {name: texts for name, texts in self.typed.items() if name in TERMS}
        unread = {name: self.typed[name] for name in self.errors if name in self.typed}
        typed = {**unread, **terms, **type(self).of_submission(submission).typed}
        return replace(self, typed=MappingProxyType(typed), listed=submission.has_list, asked=asked)

    def without(self, names: Iterable[str]) -> Self:
        """The sheet without what was typed in some fields."""
        gone = set(names)
        left = {name: texts for name, texts in self.typed.items() if name not in gone}
        return replace(self, typed=MappingProxyType(left))

    def pairs(self) -> list[tuple[str, str]]:
        """What `of` reads back."""
        found = [(name, text) for name, texts in self.typed.items() for text in texts]
        found += [(_LIST, "yes")] if self.listed else []
        return found + ([(_ASKED, " ".join(self.asked))] if self.asked else [])

    def address(self, path: str, *more: tuple[str, str]) -> str:
        """An address of the console that carries the sheet."""
        query = urlencode([*self.pairs(), *more])
        return f"{path}?{query}" if query else path

    def text(self, name: str) -> str:
        """What was typed in a field that takes one text."""
        return self.typed.get(name, ("",))[-1]

    # ---- the submission -------------------------------------------------------------------

    @cached_property
    def _read(self) -> tuple[Submission, Mapping[str, RecognizanceError]]:
        stated: dict[str, Value] = {}
        errors: dict[str, RecognizanceError] = {}
        for spec in STATABLE:
            if spec.name not in self.typed:
                continue
            try:
                value = read_value(spec, _raw(spec, self.typed[spec.name]))
            except SubmissionError as error:
                errors[spec.name] = error
            else:
                if value is not None:
                    stated[spec.name] = value
        try:
            with_country(stated)
        except SubmissionError as error:
            errors["op.subdiv"] = error
            stated.pop("op.subdiv", None)
        content: dict[str, object] = {
            name: list(set_texts(name, value)) if isinstance(value, frozenset) else plain(value)
            for name, value in stated.items()
        }
        made = submission_from({**content, "wl": {}} if self.listed else content)
        return made, MappingProxyType(errors)

    @property
    def submission(self) -> Submission:
        """What could be read of it."""
        return self._read[0]

    @property
    def errors(self) -> Mapping[str, RecognizanceError]:
        """What could not, by field."""
        return self._read[1]

    # ---- what the permit is to cover ------------------------------------------------------

    @cached_property
    def _covers(self) -> tuple[Proposal, Mapping[str, RecognizanceError]]:
        errors: dict[str, RecognizanceError] = {}
        read = _Reading(self, errors)
        samples = self.typed.get("permit.sample", ())
        trial = self.submission.text("class") == "trial"
        if samples and not trial:
            errors["permit.sample"] = InputError(
                "Only a trial is bound to single photographs.", hint="Take them out."
            )
        if not all(map(_DIGEST.fullmatch, samples)) or len(samples) > _MOST_SAMPLES:
            errors["permit.sample"] = InputError(
                "This is no list of photographs.", hint=f"At most {_MOST_SAMPLES}, by digest."
            )
        days = read.number("permit.days")
        proposal = Proposal(
            submission=self.submission,
            target=None if trial else read.target(),
            gallery_ids=read.ids("permit.gallery"),
            gallery_size=len(samples) or read.number("permit.size"),
            footage=samples,
            lasts=timedelta(days=min(days, 3650)) if days else None,
            signatures=read.number("permit.officers") or 0,
            scope=Scope(
                sites=read.ids("permit.site"),
                cameras=read.ids("permit.camera"),
                windows=read.windows(),
                targets=read.ids("permit.person"),
                cases=read.ids("permit.case"),
            ),
        )
        return proposal, MappingProxyType(errors)

    @property
    def proposal(self) -> Proposal:
        """What is proposed, as far as it could be read."""
        return self._covers[0]

    @property
    def unread_terms(self) -> Mapping[str, RecognizanceError]:
        """What could not be read of the terms, by name."""
        return self._covers[1]

    @property
    def left_out(self) -> Mapping[str, RecognizanceError]:
        """What a proposal needs and was not chosen: there is no default."""
        terms = terms_of(class_of(self.submission))
        left: dict[str, RecognizanceError] = {}
        if terms.bound_to_photographs and not self.typed.get("permit.sample"):
            left["permit.sample"] = InputError(
                "A trial is bound to its photographs.", hint="Choose them here."
            )
        if terms.target is None and not self.text("permit.target"):
            left["permit.target"] = InputError(
                "No error rate was chosen, and there is no default.", hint="Write it as 1e-3."
            )
        if terms.target is None and not self.text("permit.size"):
            left["permit.size"] = InputError(
                "How many references the gallery will hold was not said.", hint="Count each."
            )
        return {name: error for name, error in left.items() if name not in self.unread_terms}


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads terms one by one, and keeps an error for each that cannot be read."""

    sheet: Sheet
    errors: dict[str, RecognizanceError]

    def target(self) -> tuple[ErrorRate, int] | None:
        """The error rate and its target in parts per billion."""
        text, rate = self.sheet.text("permit.target"), self.sheet.text("permit.rate")
        if not text:
            return None
        try:
            return ErrorRate(rate), parse_rate(text)
        except InputError as error:
            self.errors["permit.target"] = error
        except ValueError:
            self.errors["permit.rate"] = InputError(
                "What the rate is a rate of was not chosen.", hint="Choose one of the two."
            )
        return None

    def number(self, name: str) -> int | None:
        """A whole number above zero."""
        text = self.sheet.text(name)
        if not text:
            return None
        if _WHOLE.fullmatch(text) and int(text) > 0:
            return int(text)
        self.errors[name] = InputError(
            f"{text!r:.40} is no number of them.", hint="Write a whole number above zero."
        )
        return None

    def ids(self, name: str) -> frozenset[str]:
        """Ids in letters that can be seen."""
        found = frozenset(self.sheet.typed.get(name, ()))
        if all(map(str.isprintable, found)):
            return found
        self.errors[name] = InputError("An id holds what cannot be seen.", hint="Type it again.")
        return frozenset()

    def windows(self) -> tuple[Window, ...]:
        """Hours, in order."""
        try:
            return tuple(sorted(map(window, self.sheet.typed.get("permit.hours", ()))))
        except InputError as error:
            self.errors["permit.hours"] = error
        return ()


def _is_known(name: str) -> bool:
    return name in TERMS or (name in FIELDS and FIELDS[name].statable)


def _raw(spec: Field, texts: tuple[str, ...]) -> object:
    """What TOML would hold: a set is a list, and a number is one."""
    if spec.kind in SETS:
        return list(texts)
    text = texts[-1]
    if spec.kind not in NUMBERS:
        return text
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def _texts(name: str, value: Value) -> tuple[str, ...]:
    """A value as it would be typed, so that it is read as the same."""
    if isinstance(value, frozenset):
        return set_texts(name, value) or (NONE,)
    return (value.value,) if value is UNKNOWN else (str(value),)


def _terms_of(proposed: Filed) -> dict[str, tuple[str, ...]]:
    permit = proposed.permit
    scope, target, terms = permit.scope, permit.target, terms_of(permit.permit_class)
    chosen = terms.target is None
    lasts = permit.expires_at - permit.issued_at
    return {
        "permit.days": (str(lasts.days),) if timedelta(days=1) <= lasts < terms.longest else (),
        "permit.officers": (str(proposed.wanted),) if proposed.wanted > terms.officers else (),
        "permit.rate": (target.rate.value,) if chosen else (),
        "permit.target": (f"{target.target_ppb / PPB:g}",) if chosen else (),
        "permit.size": (str(target.gallery_size),) if chosen and target.gallery_size else (),
        "permit.gallery": tuple(sorted(permit.gallery_ids)),
        "permit.site": tuple(sorted(scope.sites)),
        "permit.camera": tuple(sorted(scope.cameras)),
        "permit.hours": tuple(
            f"{utc_text(each.begins)}/{utc_text(each.ends)}" for each in scope.windows
        ),
        "permit.person": tuple(sorted(scope.targets)),
        "permit.case": tuple(sorted(scope.cases)),
        "permit.sample": tuple(sorted(permit.sample_digests)),
    }
