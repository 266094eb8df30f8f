from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.canonical import SAFE_INTEGER, canonical_bytes, digest, parse_json
from recognizance.errors import InputError

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-SAFE_INTEGER, SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(values)
def test_what_is_written_reads_back_and_is_written_the_same(value):
    data = canonical_bytes(value)
    assert parse_json(data) == value
    assert canonical_bytes(parse_json(data)) == data


@given(st.dictionaries(st.text(), scalars))
def test_the_order_of_keys_changes_nothing(table):
    assert canonical_bytes(dict(reversed(table.items()))) == canonical_bytes(table)


def test_rfc_8785_example():
    # RFC 8785, section 3.2.2 and 3.2.4: numbers, escapes, and keys in UTF-16 order.
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    assert (
        canonical_bytes(value)
        == (
            '{"literals":[null,true,false],'
            '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_digest_is_sha_256_of_the_bytes():
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, 2**53, -(2**53), {1: 2}, "\ud800", {"\udfff": 1}, {1, 2}, b""],
)
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(InputError) as caught:
        canonical_bytes([value])
    assert caught.value.hint


def test_too_deep_is_refused_both_ways():
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InputError):
        canonical_bytes(value)
    with pytest.raises(InputError):
        parse_json(b"[" * 100_000 + b"]" * 100_000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"9007199254740993",
        b"1" * 5000,
        b'"\\ud800"',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b"{} x",
        b"[1,]",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(data):
    with pytest.raises(InputError):
        parse_json(data)


@given(st.binary(max_size=40))
def test_no_bytes_make_the_reader_fail_otherwise(data):
    try:
        value = parse_json(data)
    except InputError:
        return
    assert json.loads(data) == value
