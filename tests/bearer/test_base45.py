"""Base45 after RFC 9285."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.bearer.base45 import ALPHABET, base45_length, from_base45, to_base45
from recognizance.errors import BearerUnreadableError


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ],
)
def test_the_examples_of_the_standard(data, text):
    assert to_base45(data) == text
    assert from_base45(text) == data


@given(st.binary(max_size=200))
def test_bytes_come_back(data):
    text = to_base45(data)
    assert from_base45(text) == data
    assert len(text) == base45_length(len(data))


@given(st.text(st.sampled_from(ALPHABET), max_size=30))
def test_whatever_is_read_is_what_would_have_been_written(text):
    try:
        data = from_base45(text)
    except BearerUnreadableError:
        return
    assert to_base45(data) == text


@pytest.mark.parametrize("text", ["GGW", "::", "A", "aa", "ABÄ", "ABCD"])
def test_what_is_no_base45_is_refused(text):
    with pytest.raises(BearerUnreadableError):
        from_base45(text)
