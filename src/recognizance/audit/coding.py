"""Frozen values to JSON and back, by their annotations; one law: `decode(T, encode(x)) == x`.

The values of `result` are nested dataclasses of text, numbers, booleans, tuples and `None`. A
reader refuses what it does not know: a field more, a field less or another type is an error that
names the place, never a guess.
"""

from __future__ import annotations

import dataclasses
import math
import types
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from recognizance.errors import InputError

T = TypeVar("T")


def encode(value: object) -> Any:  # noqa: ANN401  # any JSON value
    """A dataclass as a tree of dicts, lists, text, finite numbers, booleans and `None`.

    Raises:
        InputError: A number is not finite, or a value is of another type.
    """
    if dataclasses.is_dataclass(value):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError("A figure of the audit is no number.", hint="This is a defect: report it.")
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise InputError(
        f"The audit cannot write a {type(value).__name__}.", hint="This is a defect: report it."
    )


def decode(kind: type[T], data: object, where: str = "result") -> T:
    """Read what `encode` wrote.

    Args:
        kind: A dataclass, or any annotation its fields have.
        data: A JSON value.
        where: The place that an error names.

    Raises:
        InputError: The data does not have this shape.
    """
    value: T = _decode(kind, data, where)
    return value


def _decode(kind: Any, data: object, where: str) -> Any:  # noqa: ANN401  # shapes are dynamic here
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        if data is None:
            return None
        (inner,) = (each for each in get_args(kind) if each is not types.NoneType)
        return _decode(inner, data, where)
    if origin is tuple:
        return _tuple(get_args(kind), data, where)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, data, where)
    return _scalar(kind, data, where)


def _tuple(kinds: tuple[Any, ...], data: object, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise _wrong(where, "a list")
    if kinds[-1] is Ellipsis:
        return tuple(_decode(kinds[0], item, f"{where}[{i}]") for i, item in enumerate(data))
    if len(kinds) != len(data):
        raise _wrong(where, f"a list of {len(kinds)}")
    return tuple(
        _decode(kind, item, f"{where}[{i}]")
        for i, (kind, item) in enumerate(zip(kinds, data, strict=True))
    )


def _dataclass(kind: Any, data: object, where: str) -> Any:  # noqa: ANN401  # any of `result`
    if not isinstance(data, dict):
        raise _wrong(where, "a table")
    names = {f.name for f in dataclasses.fields(kind)}
    if set(data) != names:
        odd = sorted(map(str, set(data) ^ names))
        raise _wrong(where, f"a table with the fields it should have; look at {', '.join(odd)}")
    hints = get_type_hints(kind)
    return kind(**{name: _decode(hints[name], data[name], f"{where}.{name}") for name in names})


def _scalar(kind: Any, data: object, where: str) -> Any:  # noqa: ANN401  # str, int, float, bool
    if issubclass(kind, StrEnum):
        if data not in {member.value for member in kind}:
            raise _wrong(where, f"one of {', '.join(member.value for member in kind)}")
        return kind(data)
    if kind is float and type(data) is int:
        return float(data)
    if type(data) is not kind:
        raise _wrong(where, f"of the type {kind.__name__}")
    return data


def _wrong(where: str, wanted: str) -> InputError:
    return InputError(
        f"In the audit's file, {where} is not {wanted}.",
        hint="Use a file that `recognizance audit` wrote, with the same version.",
    )
