"""What the page on tokens says is so."""

import re
from pathlib import Path

from bearer_site import ANA, GATE, JOURNEY

import recognizance.errors
from recognizance.bearer.gate import CHALLENGE_BYTES, proof_message
from recognizance.bearer.token import TOKEN_CHARACTERS, Binding, token_bytes, token_digest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "bearer.md").read_text(encoding="utf-8")


def test_the_sizes_are_those_of_a_token(airport):
    token = airport.token(ANA, binding=Binding.staffed_gate(GATE), journey=JOURNEY)
    assert f"{len(token_bytes(token))} bytes, {TOKEN_CHARACTERS} characters" in PAGE
    assert f"{CHALLENGE_BYTES} bytes" in PAGE
    message = proof_message(token, airport.challenge(), airport.permit)
    assert message.startswith(b"recognizance bearer proof 1\0" + token_digest(token))


def test_every_error_of_tokens_is_told():
    codes = {
        error.code
        for error in vars(recognizance.errors).values()
        if isinstance(error, type) and error.__name__.startswith("Bearer")
    } - {"bearer.invalid"}
    assert codes <= set(re.findall(r"`([a-z]+\.[a-z]+)`", PAGE))
