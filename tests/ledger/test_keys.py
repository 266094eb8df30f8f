from __future__ import annotations

import base64
import json
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance import keys
from recognizance.errors import (
    InputError,
    KeyFileError,
    PassphraseError,
    StoreFullError,
    WorkspaceDamagedError,
)
from recognizance.keys import SigningKey
from recognizance.keys.files import (
    KeyKind,
    KeyMaterial,
    change_passphrase,
    read_key_file,
    read_passphrase_file,
    read_signer,
    write_command_file,
    write_key_file,
)
from recognizance.keys.locks import SCRYPT, unlock_with

if TYPE_CHECKING:
    from pathlib import Path

SECRET = bytes(range(32))


def test_rfc_8032_test_vector():
    # RFC 8032, section 7.1, TEST 2.
    key = SigningKey.from_seed(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    assert key.public_key.hex() == (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    )
    assert key.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


@given(st.binary(max_size=64), st.integers(0, 511))
def test_a_changed_bit_breaks_a_signature(message, bit):
    key = SigningKey.from_seed(SECRET)
    signature = bytearray(key.sign(message))
    assert keys.verify_signature(key.public_key, message, bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not keys.verify_signature(key.public_key, message, bytes(signature))


def test_malformed_keys_and_signatures_do_not_verify():
    key = SigningKey.generate()
    assert not keys.verify_signature(b"short", b"", bytes(64))
    assert not keys.verify_signature(key.public_key, b"", b"")
    with pytest.raises(InputError):
        SigningKey.from_seed(b"short")


def test_no_secret_is_shown():
    key = SigningKey.generate()
    assert repr(key.seed) not in repr(key)
    assert repr(SECRET) not in repr(KeyMaterial(KeyKind.PRINCIPAL, "x", SECRET))


def test_fingerprint_and_commitment_are_what_they_say():
    assert keys.fingerprint(b"") == "e3b0c44298fc1c14"
    assert keys.commitment(b"", b"") == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_a_sealed_value_opens_with_its_key_and_context_alone(plaintext, context):
    sealed = keys.seal(SECRET, plaintext, context=context)
    assert keys.unseal(SECRET, sealed, context=context) == plaintext
    assert plaintext not in sealed or len(plaintext) < 4
    for key, data, where in (
        (bytes(32), sealed, context),
        (SECRET, sealed[:-1], context),
        (SECRET, sealed, context + b"x"),
        (SECRET, sealed[:5], context),
    ):
        with pytest.raises(WorkspaceDamagedError):
            keys.unseal(key, data, context=where)


def test_two_seals_of_the_same_value_differ():
    assert keys.seal(SECRET, b"x", context=b"") != keys.seal(SECRET, b"x", context=b"")


@pytest.mark.parametrize(("kind", "length"), [(KeyKind.PRINCIPAL, 32), (KeyKind.WORKSPACE, 64)])
def test_a_key_file_reads_back_and_is_the_owner_s_alone(tmp_path: Path, kind, length):
    path = tmp_path / "folder" / "some.key"
    secret = os.urandom(length)
    write_key_file(path, kind=kind, name="Amal", secret=secret)
    read = read_key_file(path, kind)
    assert (read.kind, read.name, read.secret) == (kind, "Amal", secret)
    assert read.signing_key == SigningKey.from_seed(secret[-32:])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_workspace_seals_and_a_principal_does_not():
    assert KeyMaterial(KeyKind.WORKSPACE, "", SECRET + bytes(32)).sealing_key == SECRET
    with pytest.raises(KeyFileError):
        _ = KeyMaterial(KeyKind.PRINCIPAL, "", SECRET).sealing_key


def test_a_key_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "some.key"
    write_key_file(path, kind=KeyKind.PRINCIPAL, name="a", secret=SECRET)
    with pytest.raises(KeyFileError, match="already"):
        write_key_file(path, kind=KeyKind.PRINCIPAL, name="b", secret=bytes(32))
    assert read_key_file(path, KeyKind.PRINCIPAL).secret == SECRET
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_of_the_wrong_length_is_refused(tmp_path: Path):
    with pytest.raises(InputError):
        write_key_file(tmp_path / "k", kind=KeyKind.WORKSPACE, name="a", secret=SECRET)


def test_a_file_in_the_way_of_the_folder_is_an_error_with_a_hint(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(KeyFileError) as caught:
        write_key_file(tmp_path / "file" / "k", kind=KeyKind.PRINCIPAL, name="a", secret=SECRET)
    assert caught.value.hint


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFullError):
        write_key_file(tmp_path / "k", kind=KeyKind.PRINCIPAL, name="a", secret=SECRET)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_file_is_an_error_with_a_hint(tmp_path: Path, monkeypatch):
    def forbidden(path, flags, mode=0o777):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(KeyFileError, match="folder") as caught:
        write_key_file(tmp_path / "k", kind=KeyKind.PRINCIPAL, name="a", secret=SECRET)
    assert caught.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode):
    path = tmp_path / "k"
    write_key_file(path, kind=KeyKind.PRINCIPAL, name="a", secret=SECRET)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="others"):
        read_key_file(path, KeyKind.PRINCIPAL)


def test_missing_wrong_and_damaged_files_are_told_apart(tmp_path: Path):
    path = tmp_path / "k"
    with pytest.raises(KeyFileError, match="missing"):
        read_key_file(path, KeyKind.PRINCIPAL)
    write_key_file(path, kind=KeyKind.PRINCIPAL, name="a", secret=SECRET)
    with pytest.raises(KeyFileError, match="workspace"):
        read_key_file(path, KeyKind.WORKSPACE)
    good = json.loads(path.read_bytes())
    for bad in (
        b"",
        b"[]",
        b'{"v":1}',
        json.dumps(good | {"more": 1}).encode(),
        json.dumps(good | {"v": 2}).encode(),
        json.dumps(good | {"secret": "!"}).encode(),
        json.dumps(good | {"secret": "AAAA"}).encode(),
        json.dumps(good).encode() + b" " * 5000 + b"x",
    ):
        path.write_bytes(bad)
        with pytest.raises(KeyFileError, match="damaged"):
            read_key_file(path, KeyKind.PRINCIPAL)


def test_a_file_of_a_newer_version_is_not_called_damaged(tmp_path: Path):
    path = tmp_path / "k"
    write_key_file(path, kind=KeyKind.PRINCIPAL, name="a", secret=SECRET)
    path.write_bytes(json.dumps(json.loads(path.read_bytes()) | {"v": 3}).encode())
    with pytest.raises(KeyFileError, match="newer"):
        read_key_file(path, KeyKind.PRINCIPAL)


# ---- encrypted files --------------------------------------------------------------------------

WORDS = b"correct horse battery"


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    path = tmp_path / "locked.key"
    write_key_file(path, kind=KeyKind.PRINCIPAL, name="a", secret=SECRET, passphrase=WORDS)
    return path


@pytest.mark.parametrize(("kind", "length"), [(KeyKind.PRINCIPAL, 32), (KeyKind.WORKSPACE, 64)])
def test_an_encrypted_key_reads_back_with_its_passphrase_alone(tmp_path: Path, kind, length):
    path, secret = tmp_path / "k", os.urandom(length)
    write_key_file(path, kind=kind, name="Amal", secret=secret, passphrase=WORDS)
    data = path.read_bytes()
    assert base64.b64encode(secret) not in data
    assert secret not in data
    read = read_key_file(path, kind, unlock_with(WORDS))
    assert (read.kind, read.name, read.secret) == (kind, "Amal", secret)
    with pytest.raises(PassphraseError, match="does not open"):
        read_key_file(path, kind, unlock_with(WORDS + b"!"))
    with pytest.raises(PassphraseError, match="no passphrase") as caught:
        read_key_file(path, kind)
    assert "RECOGNIZANCE_PASSPHRASE_FILE" in caught.value.hint


def test_who_gives_passphrases_is_asked_until_it_opens_or_gives_up(locked: Path):
    asked = []

    def unlock(name: str, attempt: int) -> bytes | None:
        asked.append((name, attempt))
        return [b"wrong one", b"wrong two", WORDS][attempt] if attempt < 3 else None

    assert read_signer(locked, unlock).public_key == SigningKey(SECRET).public_key
    assert asked == [("a", 0), ("a", 1), ("a", 2)]


def test_every_change_of_an_encrypted_file_is_noticed(locked: Path):
    good = json.loads(locked.read_bytes())
    kdf = good["kdf"]
    for bad in (
        good | {"name": "b"},
        good | {"sealed": base64.b64encode(bytes(60)).decode()},
        good | {"sealed": good["sealed"][:-8]},
        good | {"sealed": "!"},
        good | {"kdf": kdf | {"salt": base64.b64encode(bytes(16)).decode()}},
        good | {"kdf": kdf | {"n": 2**15}},
        good | {"kdf": kdf | {"n": 2**14 + 1}},
        good | {"kdf": kdf | {"n": 2**40}},
        good | {"kdf": kdf | {"n": 0}},
        good | {"kdf": kdf | {"name": "none"}},
        good | {"kdf": kdf | {"more": 1}},
        good | {"more": 1},
    ):
        locked.write_bytes(json.dumps(bad).encode())
        with pytest.raises(KeyFileError):
            read_key_file(locked, KeyKind.PRINCIPAL, unlock_with(WORDS))


def test_the_cost_of_a_guess_stands_in_the_file(locked: Path):
    assert json.loads(locked.read_bytes())["kdf"].items() >= {"name": "scrypt", **SCRYPT}.items()
    assert SCRYPT == {"n": 2**14, "r": 8, "p": 1}


@pytest.mark.parametrize("passphrase", [b"", b"short", b"x" * 1025])
def test_a_passphrase_that_protects_nothing_is_refused(tmp_path: Path, passphrase):
    with pytest.raises(InputError):
        write_key_file(
            tmp_path / "k", kind=KeyKind.PRINCIPAL, name="a", secret=SECRET, passphrase=passphrase
        )
    assert list(tmp_path.iterdir()) == []


def test_a_changed_passphrase_keeps_the_key(locked: Path):
    with pytest.raises(PassphraseError):
        change_passphrase(
            locked, KeyKind.PRINCIPAL, unlock=unlock_with(b"not this one"), new=b"a new one"
        )
    change_passphrase(locked, KeyKind.PRINCIPAL, unlock=unlock_with(WORDS), new=b"a new one")
    with pytest.raises(PassphraseError):
        read_key_file(locked, KeyKind.PRINCIPAL, unlock_with(WORDS))
    opened = read_key_file(locked, KeyKind.PRINCIPAL, unlock_with(b"a new one"))
    assert (opened.name, opened.secret) == ("a", SECRET)
    change_passphrase(locked, KeyKind.PRINCIPAL, unlock=unlock_with(b"a new one"), new=None)
    assert read_key_file(locked, KeyKind.PRINCIPAL).secret == SECRET
    assert stat.S_IMODE(locked.stat().st_mode) == 0o600
    assert list(locked.parent.iterdir()) == [locked]


def test_a_passphrase_file_is_its_owner_s_alone_and_its_first_line_counts(tmp_path: Path):
    path = tmp_path / "words"
    path.touch(mode=0o600)
    path.write_bytes(WORDS + b"\r\nnot this\n")
    assert read_passphrase_file(path) == WORDS
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="others"):
        read_passphrase_file(path)
    with pytest.raises(KeyFileError, match="missing"):
        read_passphrase_file(tmp_path / "none")


# ---- keys in a device -------------------------------------------------------------------------

CARD = """\
import sys
from recognizance.keys import SigningKey
signature = SigningKey(bytes(range(32))).sign(sys.stdin.buffer.read())
{write}
"""


def card(tmp_path: Path, write: str) -> Path:
    """A key file whose program signs as `SECRET`, and answers as told."""
    program = tmp_path / "card.py"
    program.write_text(CARD.format(write=write))
    path = tmp_path / "card.key"
    write_command_file(
        path,
        name="card",
        public_key=SigningKey(SECRET).public_key,
        argv=(sys.executable, str(program)),
    )
    return path


@pytest.mark.parametrize(
    "write",
    [
        "sys.stdout.buffer.write(signature)",
        "print(signature.hex())",
        "print(signature.hex().upper())",
    ],
)
def test_a_device_signs_in_raw_bytes_or_in_hex(tmp_path: Path, write):
    signer = read_signer(card(tmp_path, write))
    assert signer.sign(b"message") == SigningKey(SECRET).sign(b"message")


@pytest.mark.parametrize(
    "write",
    [
        "",
        "print(bytes(64).hex())",
        "print('signed')",
        "sys.exit(1)",
        "sys.stdout.buffer.write(signature + b'x')",
        "print(SigningKey(bytes(32)).sign(b'message').hex())",
    ],
)
def test_what_is_no_signature_of_the_device_never_leaves(tmp_path: Path, write):
    with pytest.raises(KeyFileError) as caught:
        read_signer(card(tmp_path, write)).sign(b"message")
    assert caught.value.hint


def test_a_device_that_is_not_there_is_a_typed_error(tmp_path: Path):
    path = tmp_path / "card.key"
    write_command_file(path, name="card", public_key=bytes(32), argv=("/no/such/program",))
    with pytest.raises(KeyFileError, match="did not sign"):
        read_signer(path).sign(b"message")


def test_a_key_in_a_device_has_no_secret_to_read(tmp_path: Path):
    path = card(tmp_path, "")
    with pytest.raises(KeyFileError, match="device"):
        read_key_file(path, KeyKind.WORKSPACE)
    with pytest.raises(InputError):
        write_command_file(tmp_path / "x", name="x", public_key=bytes(32), argv=())
    with pytest.raises(InputError):
        write_command_file(tmp_path / "x", name="x", public_key=bytes(32), argv=("p", "w" * 4096))
    good = json.loads(path.read_bytes())
    for bad in ({"argv": []}, {"argv": [1]}, {"public_key": "zz"}, {"public_key": "ab"}, {"v": 2}):
        path.write_bytes(json.dumps(good | bad).encode())
        with pytest.raises(KeyFileError):
            read_signer(path)
    path.write_bytes(json.dumps(good).encode())
    path.chmod(0o660)
    with pytest.raises(KeyFileError, match="others"):
        read_signer(path)
