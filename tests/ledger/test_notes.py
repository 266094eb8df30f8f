from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.keys import SigningKey
from recognizance.ledger.note import proof_text, sign_note, signed_checkpoint, vkey_of
from recognizance.ledger.verify import (
    EMPTY_ROOT,
    Head,
    ProofError,
    leaf_hash,
    open_note,
    parse_checkpoint,
    parse_vkey,
    verify_receipt,
)

KEY = SigningKey.from_seed(bytes(32))
NAME = "recognizance/x/uses"
LEAF = b'{"v":1}'
HEAD = Head(NAME, 1, leaf_hash(LEAF))

# The published example of the Go package sumdb/note, from which signed-note was written down.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PUBLISHED_NOTE = (
    PUBLISHED_TEXT + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
    "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_published_note_opens_with_its_published_key():
    name, public_key = parse_vkey(PUBLISHED_KEY)
    assert vkey_of(name, public_key) == PUBLISHED_KEY
    assert open_note(PUBLISHED_NOTE, name, public_key) == PUBLISHED_TEXT


def test_a_note_opens_with_other_signatures_beside_ours():
    witnessed = PUBLISHED_NOTE + "— witness.example AAAAAA==\n"
    assert open_note(witnessed, *parse_vkey(PUBLISHED_KEY)) == PUBLISHED_TEXT


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=60), st.integers(0, 400))
def test_a_changed_note_does_not_open(text, place):
    note = sign_note(text + "\n", NAME, KEY)
    assert open_note(note, NAME, KEY.public_key) == text + "\n"
    place %= len(note)
    changed = note[:place] + ("x" if note[place] != "x" else "y") + note[place + 1 :]
    with pytest.raises(ProofError):
        open_note(changed, NAME, KEY.public_key)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— other AAAA\n",
        PUBLISHED_NOTE[:-1],
        PUBLISHED_NOTE.replace("If", "I\x07f"),
        PUBLISHED_NOTE.replace("x08go/ZJ", "x08go/!!"),
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(ProofError):
        open_note(note, *parse_vkey(PUBLISHED_KEY))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "x",
        "a+b+c",
        PUBLISHED_KEY.replace("Peter", "Paul"),
        PUBLISHED_KEY[:-1],
        "+00000000+AQ==",
    ],
)
def test_what_is_no_key_is_refused(vkey):
    with pytest.raises(ProofError):
        parse_vkey(vkey)


def test_a_checkpoint_has_the_published_form():
    # c2sp.org/tlog-checkpoint
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head = parse_checkpoint(text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert signed_checkpoint(head, KEY).startswith(text + "\n— example.com/behind-the-sofa ")
    assert parse_checkpoint(text + "extension\n") == head


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGG\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(ProofError):
        parse_checkpoint(text)


def test_a_receipt_proves_its_entry_and_no_other():
    vkey = vkey_of(NAME, KEY.public_key)
    receipt = proof_text(0, [], signed_checkpoint(HEAD, KEY))
    assert verify_receipt(receipt, vkey, LEAF) == HEAD
    with_extra = receipt.replace("index", "extra AAAA\nindex")
    assert verify_receipt(with_extra, vkey, LEAF) == HEAD
    for bad_receipt, bad_vkey, bad_leaf in (
        (receipt, vkey, LEAF + b" "),
        (receipt, vkey_of("recognizance/y/uses", KEY.public_key), LEAF),
        (receipt, vkey_of(NAME, SigningKey.generate().public_key), LEAF),
        (receipt.replace("index 0", "index 1"), vkey, LEAF),
        (receipt.replace("index 0", "index 00"), vkey, LEAF),
        (receipt.replace("index 0", "inde"), vkey, LEAF),
        (receipt.replace("@v1", "@v2"), vkey, LEAF),
        (receipt.replace("index 0\n", "index 0\nAAAA\n"), vkey, LEAF),
        (receipt.partition("\n\n")[0], vkey, LEAF),
        ("", vkey, LEAF),
    ):
        with pytest.raises(ProofError):
            verify_receipt(bad_receipt, bad_vkey, bad_leaf)


def test_a_checkpoint_of_another_log_by_the_same_key_is_no_proof():
    foreign = Head("recognizance/x/decisions", 1, leaf_hash(LEAF))
    note = sign_note(f"{foreign.origin}\n1\n{_root_line(foreign)}\n", NAME, KEY)
    with pytest.raises(ProofError, match="another log"):
        verify_receipt(proof_text(0, [], note), vkey_of(NAME, KEY.public_key), LEAF)


def _root_line(head: Head) -> str:
    return signed_checkpoint(head, KEY).split("\n")[2]


@given(st.text(max_size=80))
def test_no_text_makes_the_receipt_check_fail_otherwise(text):
    with pytest.raises(ProofError):
        verify_receipt(text, vkey_of(NAME, KEY.public_key), LEAF)


def test_an_empty_log_has_the_root_of_nothing():
    assert parse_checkpoint(
        open_note(signed_checkpoint(Head(NAME, 0, EMPTY_ROOT), KEY), NAME, KEY.public_key)
    ) == Head(NAME, 0, EMPTY_ROOT)
