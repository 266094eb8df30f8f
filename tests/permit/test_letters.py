"""Letters: what opens is what was written, by who is said to have written it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import AuthorityError
from recognizance.gate.envelope import LETTER_LIMIT_BYTES, open_letter, seal_letter
from recognizance.gate.letters import Answer, AnswerKind, StatusList
from recognizance.keys import SigningKey

KEY, OTHER = SigningKey(bytes([1]) * 32), SigningKey(bytes([2]) * 32)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIST = StatusList(KEY.public_key.hex(), 3, NOON, NOON + timedelta(days=7), frozenset({"a", "b"}))
SEALED = LIST.seal(KEY)
ANSWER = Answer(AnswerKind.REFUSED, 1, NOON, "r" * 64, "p" * 16, rules=("HR-01",), reason="No.")

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.text(max_size=5), values, max_size=3))
def test_a_letter_opens_as_it_was_sealed(content):
    content = {key: value for key, value in content.items() if key not in {"v", "kind"}}
    letter = open_letter(seal_letter("note", content, [KEY, OTHER]), "note")
    assert letter.body == {"v": 1, "kind": "note", **content}
    assert letter.senders == (KEY.public_key, OTHER.public_key)


def test_a_status_list_and_an_answer_read_back():
    status = StatusList.open(SEALED, KEY.public_key)
    assert (status.number, status.withdrawn, status.issued_at) == (3, {"a", "b"}, NOON)
    assert Answer.open(ANSWER.seal(KEY), KEY.public_key) == ANSWER


@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_flipped_bit_opens(place, bit):
    data = bytearray(SEALED)
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(AuthorityError):
        StatusList.open(bytes(data), KEY.public_key)


@given(st.binary(max_size=80) | values.map(canonical_bytes))
def test_no_other_bytes_open(data):
    for kind in (StatusList, Answer):
        with pytest.raises(AuthorityError):
            kind.open(data, KEY.public_key)


@given(st.sampled_from(["number", "issued_at", "next_due", "withdrawn", "authority", "v"]), values)
def test_no_other_value_opens_even_when_the_authority_signs_it(key, value):
    document = parse_json(SEALED)
    assert isinstance(document, dict)
    body = document["letter"] | {key: value}
    content = {name: each for name, each in body.items() if name != "kind"}
    data = canonical_bytes(parse_json(seal_letter("status_list", content, [KEY])))
    if body == document["letter"]:
        return
    try:
        opened = StatusList.open(data, KEY.public_key)
    except AuthorityError:
        return
    # What opens all the same is another proper list.
    assert key in {"number", "withdrawn"}
    assert opened.number >= 1
    assert all(isinstance(each, str) for each in opened.withdrawn)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data + b"\n",
        lambda data: b" " * LETTER_LIMIT_BYTES + data,
        lambda data: data.replace(b'"number":3', b'"number":03'),
        lambda data: data.replace(b'"signatures":[', b'"signatures":[],"more":['),
    ],
)
def test_a_letter_that_was_written_anew_does_not_open(spoil):
    with pytest.raises(AuthorityError):
        StatusList.open(spoil(SEALED), KEY.public_key)


def test_a_letter_of_another_kind_author_or_of_nobody_does_not_open():
    with pytest.raises(AuthorityError, match="status list"):
        Answer.open(SEALED, KEY.public_key)
    with pytest.raises(AuthorityError, match="not signed by the authority"):
        StatusList.open(SEALED, OTHER.public_key)
    with pytest.raises(AuthorityError, match="pinned no authority"):
        StatusList.open(SEALED, None)
    with pytest.raises(AuthorityError, match="twice"):
        open_letter(seal_letter("note", {}, [KEY, KEY]), "note")
    with pytest.raises(AuthorityError):
        open_letter(seal_letter("note", {}, []), "note")


def test_a_countersigned_answer_carries_a_permit_and_a_refusal_none():
    empty = Answer(AnswerKind.COUNTERSIGNED, 1, NOON, "r" * 64, "p" * 16)
    with pytest.raises(AuthorityError, match="do not fit"):
        Answer.open(empty.seal(KEY), KEY.public_key)
