from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance import keys
from recognizance.errors import InputError, KeyFileError, StoreFullError, WorkspaceDamagedError
from recognizance.keys import KeyKind, SigningKey, read_key_file, write_key_file

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
    assert repr(SECRET) not in repr(keys.KeyMaterial(KeyKind.PRINCIPAL, "x", SECRET))


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
    assert keys.KeyMaterial(KeyKind.WORKSPACE, "", SECRET + bytes(32)).sealing_key == SECRET
    with pytest.raises(KeyFileError):
        _ = keys.KeyMaterial(KeyKind.PRINCIPAL, "", SECRET).sealing_key


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
