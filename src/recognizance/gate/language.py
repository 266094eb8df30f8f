"""The condition language of the rule cards: a small text, a frozen tree.

    condition := condition "or" condition | condition "and" condition | "not" condition
               | "(" condition ")" | atom
    atom      := field "==" value | field "!=" value | field "in" list | field "not in" list
               | field "within" list | field "contains" value
               | field ("<" | "<=" | ">" | ">=" | "==" | "!=") whole number
               | field                       a yes/no fact: it is yes
               | macro                       a named condition
               | "known" "(" field ")"
               | "always"

On a field that may hold several values (`cam.kind`, `pop.kind`, `infer`, `wl.*`), `in` and `==`
mean that some value is in the list, and `not in` and `!=` that some value is not: both widen a
forbid, so a second camera never hides the first. `within` means that every value is in the list;
`not (pop.kind in [...])` that none is.

Truth has three values (strong Kleene logic): a condition on an unknown fact is unknown unless the
rest decides it. Only `known(field)` is plainly true or false; so that ignorance never loosens a
rule, it may stand only where an unknown fact makes the condition true: under `not`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from recognizance.errors import RuleBundleError
from recognizance.gate.fields import FIELDS, known_values
from recognizance.gate.kinds import NUMBERS, SETS, UNKNOWN, YES, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH: Final = 40
"""Brackets and `not` inside each other; a card that needs more is not readable."""


class Relation(StrEnum):
    """What is asked of a value and a list."""

    IN = "in"
    NOT_IN = "not in"
    WITHIN = "within"


class Order(StrEnum):
    """What is asked of a number and a bound."""

    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    EQ = "=="
    NE = "!="


@dataclass(frozen=True, slots=True)
class Member:
    """A text or a set of texts against a list."""

    field: str
    relation: Relation
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A number against a bound."""

    field: str
    order: Order
    number: int


@dataclass(frozen=True, slots=True)
class Known:
    """Whether anybody stated a fact."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Expr


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; of no parts at all, always."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts."""

    parts: tuple[Expr, ...]


Expr: TypeAlias = Member | Bound | Known | Not | And | Or


def parse(text: str, macros: Mapping[str, Expr]) -> Expr:
    """Read a condition.

    Args:
        text: The condition as it stands on the card.
        macros: Named conditions, already read.

    Raises:
        RuleBundleError: It is no condition, or reads a field or a value that is in no list.
    """
    return _Parser(text, macros).condition()


def fields_of(expr: Expr) -> tuple[str, ...]:
    """The fields that a condition reads, each once, in order."""
    match expr:
        case Member() | Bound() | Known():
            return (expr.field,)
        case Not(part):
            return fields_of(part)
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(name for part in parts for name in fields_of(part)))


def rewards_ignorance(expr: Expr, *, negated: bool = False) -> tuple[str, ...]:
    """The fields of which not knowing could make a condition false that knowing makes true."""
    match expr:
        case Known(field):
            return () if negated else (field,)
        case Not(part):
            return rewards_ignorance(part, negated=not negated)
        case And(parts) | Or(parts):
            return tuple(f for part in parts for f in rewards_ignorance(part, negated=negated))
        case Member() | Bound():
            return ()


_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z_][\w.\-]*)|(?P<number>\d[\d_]*(?![\w.]))|"(?P<quoted>[^"\\\n]+)"
    |(?P<sign>==|!=|<=|>=|[<>()\[\],]))""",
    re.VERBOSE,
)
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "within", "contains", "known", "always"})


_RELATIONS: Final = {
    "==": Relation.IN,
    "!=": Relation.NOT_IN,
    "in": Relation.IN,
    "not": Relation.NOT_IN,
    "within": Relation.WITHIN,
    "contains": Relation.IN,
}


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, text: str, macros: Mapping[str, Expr]) -> None:
        self._text = text
        self._macros = macros
        self._tokens = self._split()
        self._next = 0
        self._depth = 0

    def condition(self) -> Expr:
        expr = self._either()
        if self._next < len(self._tokens):
            self._fail(f"nothing was expected at {self._tokens[self._next][1]!r}")
        return expr

    # ---- tokens

    def _split(self) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        text, place = self._text.strip(), 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None or found.lastgroup is None:
                self._fail(f"not understood: {text[place:][:20]!r}")
            tokens.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()
        return tokens

    def _peek(self, text: str) -> bool:
        token = self._tokens[self._next : self._next + 1]
        return token in ([("word", text)], [("sign", text)])

    def _take(self, text: str) -> bool:
        taken = self._peek(text)
        self._next += taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._take(text):
            self._fail(f"{text!r} was expected")

    def _pop(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            self._fail("it ends too early")
        self._next += 1
        return self._tokens[self._next - 1]

    def _fail(self, what: str) -> NoReturn:
        raise RuleBundleError(
            f"The condition {self._text!r:.120} cannot be read: {what}.",
            hint="The language is described in docs/gate.md.",
        )

    # ---- grammar

    def _either(self) -> Expr:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self) -> Expr:
        parts = [self._unary()]
        while self._take("and"):
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _unary(self) -> Expr:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail("it is nested too deeply")
        if self._take("not"):
            expr: Expr = Not(self._unary())
        elif self._take("("):
            expr = self._either()
            self._expect(")")
        elif self._take("known"):
            self._expect("(")
            expr = Known(self._field(self._word()))
            self._expect(")")
        elif self._take("always"):
            expr = And(())
        else:
            expr = self._atom(self._word())
        self._depth -= 1
        return expr

    def _word(self) -> str:
        group, text = self._pop()
        if group != "word" or text in _KEYWORDS:
            self._fail(f"a field was expected at {text!r}")
        return text

    def _field(self, name: str) -> str:
        if name not in FIELDS:
            self._fail(f"there is no field or macro {name!r}")
        return name

    def _atom(self, name: str) -> Expr:
        if name in self._macros:
            return self._macros[name]
        kind = FIELDS[self._field(name)].kind
        if kind in NUMBERS:
            return self._bound(name)
        found = self._relation()
        if found is None:
            if kind is not Kind.TRI:
                self._fail(f"{name} is no yes/no fact, so it cannot stand alone")
            return Member(name, Relation.IN, (YES,))
        sign, relation = found
        if sign == "contains" and kind not in SETS:
            self._fail(f"{name} holds one value, so it contains nothing")
        takes_list = sign in {"in", "not", "within"}
        return Member(name, relation, self._list(name) if takes_list else (self._value(name),))

    def _relation(self) -> tuple[str, Relation] | None:
        sign = next((sign for sign in _RELATIONS if self._take(sign)), None)
        if sign is None:
            return None
        if sign == "not":
            self._expect("in")
        return sign, _RELATIONS[sign]

    def _bound(self, name: str) -> Bound:
        group, sign = self._pop()
        if group != "sign" or sign not in set(Order):
            self._fail(f"{name} is a number and needs a comparison")
        group, number = self._pop()
        if group != "number":
            self._fail(f"{name} is compared with a whole number")
        return Bound(name, Order(sign), int(number.replace("_", "")))

    def _list(self, name: str) -> tuple[str, ...]:
        self._expect("[")
        values = [self._value(name)]
        while self._take(","):
            values.append(self._value(name))
        self._expect("]")
        return tuple(values)

    def _value(self, name: str) -> str:
        group, text = self._pop()
        if group not in {"word", "quoted"}:
            self._fail(f"a value of {name} was expected at {text!r}")
        allowed = known_values(name)
        if text == UNKNOWN.value:
            self._fail(f"ask for the unknown with known({name})")
        if allowed is not None and text not in allowed:
            self._fail(f"{name} is never {text!r}")
        return text
