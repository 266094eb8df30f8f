"""A backup is the workspace as it was; nothing that was altered, and nobody erased, comes back."""

import contextlib
import hashlib
import io
import json
import os
import resource
import shutil
import sqlite3
import tarfile
import threading

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fakes import FakeClock, FakeEngine, photograph
from office import Office
from recognizance import keeping
from recognizance.errors import (
    BackupError,
    ConflictError,
    InputError,
    KeyFileError,
    LedgerDamagedError,
    RecognizanceError,
    RoleError,
    StoreFullError,
    WorkspaceDamagedError,
    WorkspaceExistsError,
)
from recognizance.keeping.manifest import FORMAT, MANIFEST, stated
from recognizance.keys.files import KeyKind, change_passphrase, read_key_file
from recognizance.keys.locks import unlock_with
from recognizance.layout import Layout
from recognizance.ledger import LogName
from recognizance.ledger.note import sign_note
from recognizance.ledger.pin import NOTHING_PINNED
from recognizance.service.store import Store
from recognizance.settings import Settings
from recognizance.workspace import Workspace

ANA, BEN = photograph("ana", note="1"), photograph("ben", note="1")


@pytest.fixture
def kept(office, tmp_path):
    """A workspace with two people in it, and a backup of it."""
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    office.enroll("s-2", BEN, permit=permit)
    out = tmp_path / "backup.tar"
    keeping.back_up(office.workspace, out, by=office.workspace.acting())
    return out


def lose(workspace) -> None:
    """What a broken disk does: the data is gone, the key folder is not."""
    workspace.close()
    shutil.rmtree(workspace.layout.home)


def restored(settings, archive, clock, **more):
    return keeping.restore(settings, archive, unlock=None, clock=clock, **more)


def opened(settings, clock) -> Workspace:
    workspace = Workspace.open(settings, clock=clock)
    workspace.__dict__["engine"] = FakeEngine(workspace.evidence.model_id)
    return workspace


def test_what_is_restored_answers_as_what_was_lost_did(office, kept, settings, clock):
    (permit,) = office.workspace.shelf.issued()
    lose(office.workspace)
    done = restored(settings, kept, clock)
    assert (done.known, done.erased) == (keeping.Known.NEWEST, 0)
    with opened(settings, clock) as again:
        assert again.gallery.subjects("g") == ("s-1", "s-2")
        office.workspace = again
        assert office.verify("s-1", ANA, permit=permit).outcome == "match"
        kinds = [entry.kind for entry in again.ledger.entries(LogName.USES)]
        assert kinds[-3:-1] == ["backup", "restore"]


def test_an_empty_workspace_can_be_restored_and_backed_up_again(
    workspace, settings, clock, tmp_path
):
    with Store(workspace.layout.service, wait_s=1.0):
        keeping.back_up(workspace, tmp_path / "1.tar", by=workspace.acting())
    assert "service.db" in files_of(tmp_path / "1.tar")
    lose(workspace)
    restored(settings, tmp_path / "1.tar", clock)
    with opened(settings, clock) as again:
        keeping.back_up(again, tmp_path / "2.tar", by=again.acting())
        assert again.layout.permits.is_dir()
        with Store(again.layout.service, wait_s=1.0) as store, store.reading():
            pass


def test_a_backup_holds_no_key_and_its_parts_by_digest(office, kept):
    with tarfile.open(kept) as tar:
        names = tar.getnames()
        manifest = stated(tar.extractfile(MANIFEST).read().decode())
        for part in manifest.parts:
            data = tar.extractfile(part.name).read()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (part.size_bytes, part.sha256)
    assert names == [MANIFEST, *(part.name for part in manifest.parts)]
    assert {"gallery.db", "ledger.db", "workspace.json"} < set(names)
    assert not any("key" in name or "pin" in name for name in names)
    assert kept.stat().st_mode & 0o077 == 0
    layout = office.workspace.layout
    secret = read_key_file(layout.workspace_key, KeyKind.WORKSPACE).secret
    data = kept.read_bytes()
    assert secret[:32] not in data
    assert secret[32:] not in data
    assert [path.name for path in kept.parent.iterdir() if path.name.startswith(".")] == []


def test_backups_made_while_others_work_settle_as_a_crash_would(office, settings, clock, tmp_path):
    """Whatever moment a copy catches: it opens, and holds whole enrollments only."""
    permit = office.permit()
    stop = threading.Event()
    failed = []

    def work() -> None:
        number = 0
        try:
            while not stop.is_set():
                number += 1
                office.enroll(
                    f"s-{number}", photograph("ana", note=str(number % 3 + 1)), permit=permit
                )
                if number % 2:
                    request = office.workspace.acting().principal
                    office.workspace.desk.erase(request, f"s-{number}", reason="asked")
        except RecognizanceError as error:
            failed.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    made = []
    try:
        for number in range(6):
            made.append(tmp_path / f"{number}.tar")
            keeping.back_up(office.workspace, made[-1], by=office.workspace.acting())
    finally:
        stop.set()
        worker.join()
    assert failed == []
    office.workspace.close()
    pin = office.workspace.layout.pin
    for archive in made:
        shutil.rmtree(settings.home)
        pin.write_text(NOTHING_PINNED)
        restored(settings, archive, clock, erased=())
        with opened(settings, clock) as again:
            assert again.ledger.open_intents(LogName.USES) == ()
            told = list(again.ledger.entries(LogName.USES))
            enrolled = sum(e.kind == "enroll" and e.public["outcome"] == "enrolled" for e in told)
            erased = sum(e.kind == "erase" and e.public["outcome"] == "erased" for e in told)
            finished = sum(e.kind == "erase" and e.public["outcome"] == "finished" for e in told)
            assert len(again.gallery.subjects("g")) == enrolled - erased - finished


def test_a_backup_that_the_pin_knows_to_be_old_is_refused(office, kept, settings, clock):
    desk = office.workspace.desk
    desk.erase(office.workspace.acting().principal, "s-1", reason="asked")
    lose(office.workspace)
    with pytest.raises(LedgerDamagedError, match=r"older .* 2 of the uses log") as caught:
        restored(settings, kept, clock, erased=())
    assert "back-up-and-restore" in caught.value.hint
    assert not settings.home.exists()


def test_who_was_erased_since_stays_erased(office, kept, settings, clock):
    desk = office.workspace.desk
    desk.erase(office.workspace.acting().principal, "s-1", reason="asked")
    lose(office.workspace)
    office.workspace.layout.pin.write_text(NOTHING_PINNED)  # as the page of the backup says
    with pytest.raises(InputError, match="erased since"):
        restored(settings, kept, clock)
    assert not settings.home.exists()
    done = restored(settings, kept, clock, erased=["s-1", "never-here"])
    assert (done.known, done.erased) == (keeping.Known.UNKNOWN, 1)
    with opened(settings, clock) as again:
        assert again.gallery.subjects("g") == ("s-2",)
        assert not again.gallery.holds_subject("s-1")
    assert b"s-1" not in (settings.home / "ledger.db").read_bytes()


def test_what_expired_meanwhile_is_destroyed_before_anybody_looks(office, kept, settings, clock):
    lose(office.workspace)
    clock.advance(hours=25)
    restored(settings, kept, clock)
    with sqlite3.connect(settings.home / "gallery.db") as database:
        assert database.execute("SELECT count(*) FROM reference").fetchone() == (0,)


def test_an_older_gallery_in_a_newer_backup_is_found(office, kept, settings, clock, tmp_path):
    """Even where whoever put it in can sign: the ledger names more changes than it has seen."""
    older = member(kept, "gallery.db")
    office.workspace.desk.erase(office.workspace.acting().principal, "s-1", reason="asked")
    newer = tmp_path / "newer.tar"
    keeping.back_up(office.workspace, newer, by=office.workspace.acting())
    forged = tmp_path / "forged.tar"
    key = read_key_file(office.workspace.layout.workspace_key, KeyKind.WORKSPACE).signing_key
    resign(newer, forged, {"gallery.db": older}, key)
    lose(office.workspace)
    with pytest.raises(WorkspaceDamagedError, match="older copy"):
        restored(settings, forged, clock)


def test_what_another_key_signed_is_refused(office, kept, settings, tmp_path):
    forged = tmp_path / "forged.tar"
    signer = office.workspace.acting().key
    resign(kept, forged, {}, signer)
    with pytest.raises(BackupError, match="did not sign"):
        keeping.check_backup(settings, forged, unlock=None)


def member(archive, name) -> bytes:
    with tarfile.open(archive) as tar:
        return tar.extractfile(name).read()


def files_of(archive) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar}


def resign(archive, out, changed, key) -> None:
    """The same backup with other files in it, its manifest true to them and signed."""
    files = files_of(archive)
    note = files.pop(MANIFEST).decode()
    files |= changed
    table = json.loads(note.splitlines()[1])
    table["parts"] = [
        {"name": n, "size_bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()}
        for n, d in sorted(files.items())
    ]
    name = f"recognizance/{table['workspace_id']}/backup"
    note = sign_note(f"{FORMAT}\n{json.dumps(table, separators=(',', ':'))}\n", name, key)
    write_tar(out, {MANIFEST: note.encode()} | dict(sorted(files.items())))


def write_tar(out, files) -> None:
    with tarfile.open(out, "w") as tar:
        for name, data in files.items():
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One backup, its settings, and a place to put damaged copies."""
    folder = tmp_path_factory.mktemp("whole")
    settings = Settings(home=folder / "data", key_folder=folder / "keys", wait_s=0.5)
    with Workspace.create(settings, clock=FakeClock()) as workspace:
        workspace.__dict__["engine"] = FakeEngine(workspace.evidence.model_id)
        office = Office(workspace)
        office.enroll("s-1", ANA, permit=office.permit())
        keeping.back_up(workspace, folder / "backup.tar", by=workspace.acting())
    return settings, folder / "backup.tar"


def refused(settings, archive) -> RecognizanceError:
    """What a check says of a damaged backup; no file stays behind."""
    with pytest.raises(RecognizanceError) as caught:
        keeping.check_backup(settings, archive, unlock=None)
    assert caught.value.hint
    return caught.value


@hypothesis_settings(max_examples=40)
@given(data=st.data())
def test_a_flipped_bit_anywhere_that_counts_is_found(whole, data):
    settings, archive = whole
    content = bytearray(archive.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    copy = archive.with_name("flipped.tar")
    copy.write_bytes(content)
    with contextlib.suppress(BackupError):
        manifest, _ = keeping.check_backup(settings, copy, unlock=None)
        # It was padding or a time of the tar: what is unpacked is what was backed up.
        assert manifest == stated(member(archive, MANIFEST).decode())


@hypothesis_settings(max_examples=20)
@given(part=st.floats(0, 0.98))
def test_a_backup_that_is_cut_short_is_refused(whole, part):
    settings, archive = whole
    data = archive.read_bytes()
    copy = archive.with_name("cut.tar")
    copy.write_bytes(data[: int(len(data.rstrip(b"\0")) * part)])
    assert isinstance(refused(settings, copy), BackupError)


def test_nothing_but_a_backup_is_taken_for_one(whole, tmp_path):
    settings, archive = whole
    for data in (b"", b"x" * 5000, os.urandom(3000)):
        (tmp_path / "no.tar").write_bytes(data)
        assert isinstance(refused(settings, tmp_path / "no.tar"), BackupError)
    assert isinstance(refused(settings, tmp_path / "absent.tar"), InputError)
    assert isinstance(refused(settings, tmp_path), InputError)
    files = files_of(archive)
    extra = tmp_path / "extra.tar"
    write_tar(extra, files | {"more.db": b"x"})
    assert isinstance(refused(settings, extra), BackupError)


@pytest.mark.parametrize(
    "name",
    ["../out.db", "/etc/out.db", "permits/../../out", "permits/.hidden", "keys/../x.key", ""],
)
def test_no_name_leads_out_of_the_folder(whole, tmp_path, name):
    settings, archive = whole
    key = read_key_file(
        Layout.of(settings, stated(member(archive, MANIFEST).decode()).workspace_id).workspace_key,
        KeyKind.WORKSPACE,
    ).signing_key
    resign(archive, tmp_path / "out.tar", {name: b"x"}, key)
    assert isinstance(refused(settings, tmp_path / "out.tar"), BackupError)
    assert not (tmp_path / "out.db").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_links_and_devices_are_refused(whole, tmp_path, kind):
    settings, archive = whole
    files = files_of(archive)
    info = tarfile.TarInfo("gallery.db")
    info.type, info.linkname = kind, "/etc/passwd"
    written = {(info if name == "gallery.db" else name): data for name, data in files.items()}
    write_tar(tmp_path / "link.tar", written)
    assert isinstance(refused(settings, tmp_path / "link.tar"), BackupError)


def test_a_place_that_is_taken_is_left_alone(office, kept, settings, clock):
    before = {path: path.stat().st_mtime_ns for path in settings.home.rglob("*")}
    with pytest.raises(WorkspaceExistsError):
        restored(settings, kept, clock)
    assert {path: path.stat().st_mtime_ns for path in settings.home.rglob("*")} == before
    with pytest.raises(ConflictError):
        keeping.back_up(office.workspace, kept, by=office.workspace.acting())


def test_only_the_custodian_makes_and_restores(office, kept, settings, clock, tmp_path):
    with pytest.raises(RoleError):
        keeping.back_up(office.workspace, tmp_path / "b.tar", by=office.workspace.acting("officer"))
    lose(office.workspace)
    with pytest.raises(RoleError):
        restored(settings.model_copy(update={"principal": "officer"}), kept, clock)
    assert not settings.home.exists()


def test_without_the_key_a_backup_opens_nothing(office, kept, settings, clock, tmp_path):
    lose(office.workspace)
    elsewhere = settings.model_copy(update={"key_folder": tmp_path / "other-keys"})
    with pytest.raises(KeyFileError):
        restored(elsewhere, kept, clock)


def test_keys_go_in_only_where_a_passphrase_locks_them(office, settings, clock, tmp_path):
    workspace, layout = office.workspace, office.workspace.layout
    out = tmp_path / "with-keys.tar"
    with pytest.raises(KeyFileError, match="not encrypted"):
        keeping.back_up(workspace, out, by=workspace.acting(), with_keys=True)
    passphrase = b"a passphrase of some length"
    by = workspace.acting()
    for path in layout.keys.glob("*.key"):
        kind = KeyKind.WORKSPACE if path == layout.workspace_key else KeyKind.PRINCIPAL
        change_passphrase(path, kind, unlock=None, new=passphrase)
    workspace.unlock = unlock_with(passphrase)
    keeping.back_up(workspace, out, by=by, with_keys=True)
    lose(workspace)
    shutil.rmtree(settings.key_folder)
    with pytest.raises(RecognizanceError):
        keeping.restore(settings, out, unlock=None, erased=(), clock=clock)
    with pytest.raises(InputError, match="erased since"):
        keeping.restore(settings, out, unlock=unlock_with(passphrase), clock=clock)
    done = keeping.restore(settings, out, unlock=unlock_with(passphrase), erased=(), clock=clock)
    assert (done.keys_brought, done.known) == (True, keeping.Known.UNKNOWN)
    assert layout.workspace_key.stat().st_mode & 0o077 == 0
    with Workspace.open(settings, clock=clock, unlock=unlock_with(passphrase)) as again:
        assert again.acting("officer").principal.name == "officer"
    assert not (settings.home / "keys").exists()


@pytest.mark.parametrize("room", [30_000, 120_000])
def test_a_full_disk_leaves_neither_half_a_backup_nor_half_a_workspace(
    office, kept, settings, tmp_path, room
):
    out = tmp_path / "second.tar"
    workspace = office.workspace
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limited(doing, room: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            with pytest.raises(StoreFullError):
                doing()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    limited(lambda: keeping.back_up(workspace, out, by=workspace.acting()), room)
    lose(workspace)
    limited(lambda: restored(settings, kept, FakeClock(), erased=()), 30_000)
    assert not out.exists()
    assert not settings.home.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["backup.tar", "keys"]
