"""The token by itself: one length, nothing to read without the key, and not one bit to change."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import vector_of
from recognizance.bearer.base45 import ALPHABET, to_base45
from recognizance.bearer.quantise import quantise
from recognizance.bearer.token import (
    PREFIX,
    TOKEN_CHARACTERS,
    BearerKeys,
    Binding,
    Ticket,
    open_token,
    seal_token,
    short_digest,
    token_bytes,
)
from recognizance.errors import (
    BearerForgedError,
    BearerPermitError,
    BearerUnreadableError,
    InputError,
    ModelMismatchError,
    RecognizanceError,
)

KEYS = BearerKeys.derive(b"s" * 32, "workspace")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TICKET = Ticket(
    model=short_digest("model", "m" * 64),
    cohort=short_digest("cohort", "c" * 64),
    journey=short_digest("journey", "RZ 101"),
    release=short_digest("release", "r-1"),
    binding=Binding.staffed_gate("B7"),
    issued_at=NOW,
    expires_at=NOW + timedelta(hours=3),
)
TEMPLATE = quantise(vector_of("ana"))


def sealed() -> str:
    return seal_token(KEYS, "permit-1", TICKET, TEMPLATE, 0.25)


def test_what_is_sealed_is_what_opens():
    carried = open_token(KEYS, "permit-1", sealed())
    assert carried.ticket == TICKET
    assert carried.cohort_mean == 0.25
    assert np.array_equal(carried.template.vector, TEMPLATE.vector)
    assert carried.template.bound == TEMPLATE.bound


def test_every_token_has_one_length_and_letters_that_a_qr_code_holds_densely():
    token = sealed()
    assert len(token) == TOKEN_CHARACTERS == 594
    assert set(token) <= set(ALPHABET)
    assert sealed() != token  # a fresh nonce: two tokens of one person do not look alike


def test_every_single_changed_bit_is_found_out():
    data = bytearray(token_bytes(sealed()))
    for place in range(8 * len(data)):
        data[place // 8] ^= 1 << place % 8
        with pytest.raises((BearerForgedError, BearerPermitError)):
            open_token(KEYS, "permit-1", PREFIX + to_base45(bytes(data)))
        data[place // 8] ^= 1 << place % 8


@given(st.data())
def test_every_changed_letter_is_found_out(data):
    token = sealed()
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters().filter(lambda c: c != token[place] and c not in "\r\n\t"))
    with pytest.raises(RecognizanceError) as caught:
        open_token(KEYS, "permit-1", token[:place] + letter + token[place + 1 :])
    assert caught.value.code.startswith("bearer.")


@given(st.one_of(st.text(), st.text(st.sampled_from(ALPHABET), min_size=590, max_size=594)))
def test_whatever_else_is_shown_is_no_token(text):
    with pytest.raises(BearerUnreadableError):
        open_token(KEYS, "permit-1", text)


@given(st.binary(min_size=393, max_size=393))
def test_random_bytes_of_the_right_length_do_not_open(data):
    with pytest.raises((BearerForgedError, BearerPermitError)):
        open_token(KEYS, "permit-1", PREFIX + to_base45(data))


@pytest.mark.parametrize("text", ["", PREFIX, "RB2:" + "0" * 590, "0" * 10_000_000, "é" * 594])
def test_nothing_too_much_or_another_version_is_no_token(text):
    with pytest.raises(BearerUnreadableError):
        token_bytes(text)


def test_another_permit_or_workspace_opens_nothing():
    token = sealed()
    with pytest.raises(BearerPermitError):
        open_token(KEYS, "permit-2", token)
    other = BearerKeys.derive(b"s" * 32, "another workspace")
    with pytest.raises(BearerForgedError):
        open_token(other, "permit-1", token)


def test_who_can_only_encrypt_cannot_make_a_token():
    """Somebody with the gate's decryption key, and without the key that signs."""
    halfway = BearerKeys(KEYS.seal, BearerKeys.derive(b"t" * 32, "x").signing, KEYS.challenge)
    token = seal_token(halfway, "permit-1", TICKET, TEMPLATE, 0.25)
    with pytest.raises(BearerForgedError):
        open_token(KEYS, "permit-1", token)


def test_the_three_keys_differ_and_are_not_shown():
    assert len({KEYS.seal, KEYS.signing.seed, KEYS.challenge, b"s" * 32}) == 4
    assert KEYS.seal.hex() not in repr(KEYS)
    assert repr(KEYS.seal) not in repr(KEYS)


def test_a_template_of_another_model_or_cohort_is_not_compared():
    carried = open_token(KEYS, "permit-1", sealed())
    assert carried.reference(model_id="m" * 64, cohort_id="c" * 64).cohort_mean == 0.25
    for model_id, cohort_id in (("n" * 64, "c" * 64), ("m" * 64, "d" * 64)):
        with pytest.raises(ModelMismatchError):
            carried.reference(model_id=model_id, cohort_id=cohort_id)


@pytest.mark.parametrize("text", ["", "   ", "x" * 201, "a\nb", "\u202eB7"])
def test_an_id_that_cannot_be_seen_is_none(text):
    with pytest.raises(InputError):
        short_digest("journey", text)


def test_a_device_key_of_another_length_is_none():
    with pytest.raises(InputError):
        Binding.device(b"k" * 31)
