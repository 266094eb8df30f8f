"""What makes a careful reader stop: statements that do not go together, and telling words.

Data for `lint`, in the language of the rule cards. A doubt decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.gate.kinds import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.gate.kinds import Value


@dataclass(frozen=True, slots=True)
class Doubt:
    """Statements that do not go together.

    Attributes:
        severity: `error` where they cannot both be true, `warning` where they rarely are.
        field: The field to look at first.
        when: The condition, in the language of the cards.
        what: What is odd.
        todo: What to do.
    """

    severity: str
    field: str
    when: str
    what: str
    todo: str


CONTRADICTIONS: Final = (
    Doubt(
        "error",
        "mode",
        "mode == recorded and delay_s == 0",
        "It is called recorded and searched with no delay.",
        "Say live, or state the delay.",
    ),
    Doubt(
        "error",
        "delay_s",
        "mode == live and delay_s > 600",
        "It is called live and searched more than ten minutes later.",
        "Say recorded, or correct the delay.",
    ),
    Doubt(
        "warning",
        "cam.kind",
        "mode in [live, near_live] and cam.kind within [upload]",
        "Uploaded pictures are searched, and it is called live.",
        "Say recorded, or name the camera.",
    ),
    Doubt(
        "error",
        "cam.count",
        "cam.count == 0 and cam.kind in [fixed, body, vehicle, drone, handheld, glasses, kiosk, "
        "existing_cctv]",
        "There are cameras of a kind and none by number.",
        "Count the cameras.",
    ),
    Doubt(
        "error",
        "wl.criteria",
        "wl.size == 0 and not (wl.criteria within [none])",
        "There are criteria for a list on which there is nobody.",
        "State the size of the list, or leave [wl] out.",
    ),
    Doubt(
        "error",
        "wl.source",
        "wl.size > 0 and wl.source within [none]",
        "There are people on the list and no source of their photographs.",
        "Say where the photographs come from.",
    ),
    Doubt(
        "warning",
        "wl.criteria",
        "wl.size > 0 and wl.criteria within [none]",
        "There are people on the list and no criteria.",
        "Say how people get onto the list.",
    ),
    Doubt(
        "error",
        "fn",
        "fn == watchlist and wl.size == 0",
        "A watchlist is asked for, and there is nobody on a list.",
        "State the list in [wl], or ask for another function.",
    ),
    Doubt(
        "error",
        "auth.kind",
        "auth.kind in [none, consent] and known(auth.expires)",
        "An order ends on a day, and there is no order.",
        "Name the order in auth.kind, or leave its end out.",
    ),
    Doubt(
        "warning",
        "auth.expires",
        "auth.kind in [warrant, independent] and not known(auth.expires)",
        "An order is named without its end.",
        "Write the day on which it ends.",
    ),
    Doubt(
        "warning",
        "auth.scope_persons",
        "auth.kind in [warrant, independent] and not known(auth.scope_persons)",
        "An order is named without the persons whom it names.",
        "Write whom the order names.",
    ),
    Doubt(
        "error",
        "consent.written",
        "consent.written and not consent.explicit",
        "Everybody signed a release, and not everybody agreed.",
        "Correct one of the two.",
    ),
    Doubt(
        "warning",
        "consent.explicit",
        "pop.kind within [opted_in] and not consent.explicit",
        "Only people who opted in are compared, and not everybody agreed.",
        "State the people who are compared, or their consent.",
    ),
    Doubt(
        "error",
        "review.n",
        "action.auto and review.n > 0",
        "People check each candidate, and it is acted on without a person.",
        "Say which of the two it is.",
    ),
    Doubt(
        "warning",
        "action.kind",
        "action.kind == none and review.n > 1",
        "Several people check a candidate, and nothing is done with it.",
        "State in action.kind what is done.",
    ),
    Doubt(
        "error",
        "review.trained",
        "review.n == 0 and review.trained",
        "The reviewers are trained, and there are none.",
        "State how many people review.",
    ),
    Doubt(
        "warning",
        "notice",
        "place.public and mode in [live, near_live] and not notice",
        "The place is public and nobody is told.",
        "Put up a notice; a permit asks for one.",
    ),
    Doubt(
        "error",
        "class",
        "class == household and op.kind != household",
        "The class is for a household, and the operator is none.",
        "Ask for the class that fits the operator.",
    ),
    Doubt(
        "warning",
        "class",
        "class == trial and (cam.kind not in [upload] or wl.size > 20)",
        "The class is trial, and a trial is uploads only and at most 20 people.",
        "Ask for the class standard.",
    ),
    Doubt(
        "error",
        "gov.existing_system_review",
        "gov.existing_system_review and not (cam.kind in [existing_cctv])",
        "Existing cameras were reviewed, and none are used.",
        "Add existing_cctv to cam.kind, or leave the review out.",
    ),
    Doubt(
        "warning",
        "wl.minors",
        "wl.minors and not pop.minors",
        "Children are on the list, and none are among the people compared.",
        "Correct one of the two.",
    ),
    Doubt(
        "warning",
        "op.on_behalf_of_police",
        "op.kind == police and not op.on_behalf_of_police and tmpl.custody == cloud",
        "The police use templates that a cloud holds.",
        "Name in tmpl.shared_with who can read them.",
    ),
    Doubt(
        "warning",
        "ev.model_id",
        "known(ev.fpir_max_ub) and not known(ev.model_id)",
        "Error rates are stated without the model that was tested.",
        "Name the model of the test report.",
    ),
    Doubt(
        "warning",
        "routine",
        "routine and pop.kind within [named_person]",
        "One named person is looked for, and it is done to everybody by default.",
        "Correct one of the two.",
    ),
)


@dataclass(frozen=True, slots=True)
class Word:
    """Words in a free text, and the closed field that should say the same.

    Attributes:
        words: The words, as a regular expression of alternatives.
        field: The field that should say it.
        values: Values of it that do; none where every known value but "no" does.
        todo: What to do.
    """

    words: str
    field: str
    values: frozenset[str]
    todo: str

    def said(self, facts: Mapping[str, Value]) -> bool:
        """Whether the field, or another that means the same, says it."""
        return any(self._says(facts[name]) for name in (self.field, *_SAME.get(self.field, ())))

    def _says(self, value: Value) -> bool:
        if value is UNKNOWN:
            return False
        held = value if isinstance(value, frozenset) else {str(value)}
        return not self.values.isdisjoint(held)


_SAME: Final[Mapping[str, tuple[str, ...]]] = {"infer": ("wl.criteria", "alert.group")}
"""Fields that say the same thing in another way."""


def _word(words: str, field: str, values: str, todo: str) -> Word:
    return Word(words, field, frozenset(values.split()), todo)


WORDS: Final = (
    _word(
        r"ethnic\w*|rac(?:e|es|ial)|tribe|tribal|uighurs?|uyghurs?|roma|religio\w+|muslims?|jews?|"
        r"jewish|christians?|hindus?|political|activists?|dissidents?|migrants?|immigrants?|gay|"
        r"lesbian|trans(?:gender)?",
        "infer",
        "race ethnicity religion politics union orientation sex_life immigration nationality "
        "belief trait yes",
        "If a group is meant, say so in infer, wl.criteria or alert.group.",
    ),
    _word(
        r"protest\w*|demonstrat\w+|march(?:es)?|rall(?:y|ies)|strikes?|picket\w*|vigils?|"
        r"elections?|polling|worship|assembl(?:y|ies)|gathering",
        "assembly",
        "yes",
        "If people gather there, state assembly = true.",
    ),
    _word(
        r"body[- ]?(?:worn|cams?|cameras?)|dash[- ]?cams?",
        "cam.kind",
        "body vehicle",
        "State every kind of camera in cam.kind.",
    ),
    _word(r"drones?", "cam.kind", "drone", "State every kind of camera in cam.kind."),
    _word(
        r"real[- ]?time|live|instant\w*",
        "mode",
        "live near_live",
        "State in mode how soon it is searched.",
    ),
    _word(
        r"child(?:ren)?|minors?|pupils?|juveniles?|teenagers?|boys?|girls?",
        "pop.minors",
        "yes",
        "If children are among them, state pop.minors = true.",
    ),
    _word(
        r"emotions?|moods?|angry|anger|stress(?:ed)?|attenti(?:on|ve)\w*",
        "infer",
        "emotion",
        "If feelings are to be read, say so in infer.",
    ),
    _word(
        r"track(?:s|ed|ing)?|follow(?:s|ed|ing)?",
        "fn",
        "track",
        "If people are followed from camera to camera, the function is track.",
    ),
    _word(
        r"arrest(?:s|ed|ing)?|detain(?:s|ed|ing)?",
        "action.kind",
        "arrest stop",
        "State in action.kind what is done on a candidate.",
    ),
    _word(
        r"city[- ]?wide|whole city|whole district|across the city",
        "place.span",
        "city district",
        "State in place.span how far it reaches.",
    ),
    _word(
        r"police|sheriff\w*|constabulary",
        "op.kind",
        "police",
        "If it serves the police, state op.on_behalf_of_police = true.",
    ),
)
