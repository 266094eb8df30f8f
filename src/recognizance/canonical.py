"""One way to write a value as bytes, so that everybody who signs or hashes it sees the same.

Canonical JSON after RFC 8785 (JSON Canonicalization Scheme), and a reader that refuses what two
readers could understand differently: repeated keys, NaN, numbers outside the safe range.
"""

from __future__ import annotations

import hashlib
import json
import math

import rfc8785

from recognizance.errors import InputError

SAFE_INTEGER = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly (RFC 7493, section 2.2)."""


def canonical_bytes(value: object) -> bytes:
    """Write a JSON value as RFC 8785 says: sorted keys, no white space, UTF-8.

    Args:
        value: None, bool, int, float, str, list, tuple or dict with string keys, nested.

    Raises:
        InputError: The value holds NaN, an infinity, an integer beyond 2**53 - 1, a key that is
            no string, a lone surrogate, another type, or is nested too deeply.
    """
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # it checks the value itself
    except (ValueError, RecursionError) as error:
        raise InputError(
            "The value has no canonical JSON form.",
            hint="Use text, whole numbers up to 2**53 - 1, finite fractions, lists and tables.",
        ) from error


def digest(value: object) -> str:
    """SHA-256 of `canonical_bytes(value)`, hex.

    Raises:
        InputError: As `canonical_bytes`.
    """
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def padded(data: bytes, step: int) -> bytes:
    """JSON with blanks after it, up to the next multiple of `step`: its length says little."""
    return data.ljust(-(-len(data) // step) * step)


def parse_json(data: bytes) -> object:
    """Read JSON strictly, after I-JSON (RFC 7493).

    Args:
        data: One JSON text in UTF-8, without a byte order mark.

    Returns:
        None, bool, int, float, str, list or dict; the caller checks the shape.

    Raises:
        InputError: Bad UTF-8 or JSON, a repeated key, NaN, a number out of range, a lone
            surrogate, bytes after the value, or too deep nesting.
    """
    try:
        text = data.decode()
        value: object = json.loads(
            text,
            object_pairs_hook=_table_without_repeats,
            parse_int=_safe_integer,
            parse_float=_finite_number,
            parse_constant=_refuse_constant,
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # fails on a lone surrogate
    except (ValueError, OverflowError, RecursionError) as error:
        raise InputError(
            "The bytes are not one strict JSON value.",
            hint="Write UTF-8 JSON without repeated keys, NaN or anything after the value.",
        ) from error
    return value


def _table_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("repeated key")
    return table


def _safe_integer(text: str) -> int | float:
    number = int(text)
    if abs(number) <= SAFE_INTEGER:
        return number
    # RFC 8785 writes a large float such as 1e20 without a point; digits that no float holds
    # would silently become other digits.
    large = float(number)
    if rfc8785.dumps(large).decode() != text:
        raise ValueError("integer out of range")
    return large


def _finite_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("number out of range")
    return number


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not JSON")
