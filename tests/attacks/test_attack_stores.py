"""Attacks on files: databases, the pin, workspace.json, keys, rules, evidence, models."""

import json
import os
import shutil
import sqlite3
import stat
from datetime import timedelta

import defences as by
import pytest
from attack_book import Who, attack
from attack_site import (
    LOUNGE,
    LOUNGE_ASKED,
    PHOTOGRAPHS,
    Site,
    attest_all,
    damaged,
    issue_door,
    nothing_named,
    stopped,
)

from fakes import FakeEngine
from recognizance import workspace as workspace_module
from recognizance.canonical import canonical_bytes, parse_json
from recognizance.canonical import digest as digest_of
from recognizance.evidence import load_evidence
from recognizance.gate import bundle as bundle_module
from recognizance.gate.bundle import rules_root
from recognizance.ledger.verify import verify_ledger

# ---- the gallery --------------------------------------------------------------------------------


@attack(Who.OPERATOR, by.GALLERY_SEALED, shows="bad input in the uses log")
def test_a_gallery_is_moved_under_a_permit_without_review(site):
    """The database says whose gallery it is; a new permit names it; a file editor does the rest."""
    second = issue_door(site, gallery="lounge")
    attest_all(site, second)
    site.edit("gallery.db", "UPDATE gallery SET permit_id = ? WHERE gallery_id = 'lounge'", second)
    ran = site.search(permit=second, stated=())
    stopped(site, ran, "workspace.damaged", outcome="bad_input")


@attack(Who.OPERATOR, by.EXPIRY_SEALED, shows="bad input in the uses log")
def test_the_end_of_a_reference_is_put_off(site):
    site.edit(
        "gallery.db",
        "UPDATE reference SET expires_at = '2036-01-01T00:00:00.000Z' WHERE gallery_id = 'door'",
    )
    stopped(site, site.search_door(), "workspace.damaged", outcome="bad_input")


@attack(Who.OPERATOR, by.PLACE_SEALED, shows="bad input in the uses log")
def test_a_reference_is_moved_to_another_gallery(site):
    site.edit("gallery.db", "UPDATE reference SET gallery_id = 'door' WHERE gallery_id = 'lounge'")
    site.settle()
    stopped(site, site.search_door("ana-again"), "workspace.damaged", outcome="bad_input")


def put_back(site: Site, store: str, data: bytes) -> None:
    """Put an older file in the place of a store."""
    (site.data / store).write_bytes(data)
    for ending in ("-wal", "-shm"):
        (site.data / f"{store}{ending}").unlink(missing_ok=True)


@attack(Who.OPERATOR, by.GALLERY_OLD, shows="the workspace does not open")
def test_an_older_gallery_is_put_back_after_an_erasure(site):
    older = (site.data / "gallery.db").read_bytes()
    site.ok("erase", "s-dora", "--reason", "asked")
    put_back(site, "gallery.db", older)
    damaged(site.settle(), site.search_door(), "workspace.damaged")


@attack(Who.OPERATOR, by.CHANGES_SEALED, shows="the workspace does not open")
def test_an_older_gallery_is_given_the_newest_number_of_changes(site):
    """The number is copied from the gallery that came after, as a file editor can."""
    older = (site.data / "gallery.db").read_bytes()
    site.ok("erase", "s-dora", "--reason", "asked")
    database = sqlite3.connect(site.data / "gallery.db")
    (newest,) = database.execute("SELECT value FROM meta WHERE name = 'changes'").fetchone()
    database.close()
    put_back(site, "gallery.db", older)
    site.edit("gallery.db", "UPDATE meta SET value = ? WHERE name = 'changes'", newest)
    damaged(site.settle(), site.search_door(), "workspace.damaged")


@attack(Who.THIEF, by.SEALED, shows="nothing: the thief is not at this machine")
def test_a_stolen_data_folder_is_opened_without_the_keys(site):
    shutil.rmtree(site.folder / "keys")
    ran = site.search()
    damaged(site, ran, "key.invalid")
    raw = b"".join(path.read_bytes() for path in site.data.glob("gallery.db*"))
    for secret in (b"s-ana", b"s-dora", b"release-9", b"picture of a face", PHOTOGRAPHS["ana"]):
        assert secret not in raw


# ---- the ledger ---------------------------------------------------------------------------------


def last_of(site: Site, log: str) -> int:
    return len(site.entries(log)) - 1


@attack(Who.OPERATOR, by.DECISIONS_REPLAYED, shows="the workspace does not open; `ledger verify`")
def test_a_revocation_is_deleted_from_the_log(site):
    site.ok("gate", "revoke", site.door, "--reason", "complaints", by="officer")
    last = last_of(site, "decisions")
    site.edit("ledger.db", "DELETE FROM leaf WHERE log = 'decisions' AND idx = ?", last)
    damaged(site, site.search_door(), "ledger.damaged")


@attack(Who.OPERATOR, by.DECISIONS_REPLAYED, shows="the workspace does not open; `ledger verify`")
def test_a_revocation_is_rewritten_to_mean_another_permit(site):
    site.ok("gate", "revoke", site.door, "--reason", "complaints", by="officer")
    last = last_of(site, "decisions")
    site.edit(
        "ledger.db",
        "UPDATE leaf SET data = replace(data, ?, ?) WHERE log = 'decisions' AND idx = ?",
        *(site.door, "0" * 16, last),
    )
    damaged(site, site.search_door(), "ledger.damaged")
    assert site("ledger", "verify").code != 0


@attack(Who.OPERATOR, by.PINNED, shows="the workspace does not open; the pin is longer")
def test_the_end_of_a_log_is_cut_off_with_its_checkpoints(site):
    size = last_of(site, "decisions")
    before = (site.data / "ledger.db").read_bytes()
    site.ok("gate", "revoke", site.door, "--reason", "complaints", by="officer")
    assert last_of(site, "decisions") > size
    (site.data / "ledger.db").write_bytes(before)
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (site.data / name).unlink(missing_ok=True)
    damaged(site, site.search_door(), "ledger.damaged")


@attack(Who.OPERATOR, by.LEDGER_VERIFIES, shows="`ledger verify` names the entry")
def test_a_use_is_taken_out_of_the_uses_log(site):
    site.ok("search", "dora-again", "--gallery", "door", "--permit", site.door)
    site.edit("ledger.db", "DELETE FROM leaf WHERE log = 'uses' AND idx = 1")
    ran = site("ledger", "verify")
    assert ran.code != 0
    assert 1 in {finding["index"] for finding in ran.json["findings"]}


@attack(Who.OPERATOR, by.LEDGER_VERIFIES, shows="`ledger verify` names the entry")
def test_a_use_is_rewritten_in_the_uses_log(site):
    last = last_of(site, "uses")
    site.edit(
        "ledger.db",
        "UPDATE leaf SET data = replace(data, 'held_for_review', 'no_candidate...') "
        "WHERE log = 'uses' AND idx = ?",
        last,
    )
    ran = site("ledger", "verify")
    assert ran.code != 0
    assert last in {finding["index"] for finding in ran.json["findings"]}


@attack(
    Who.INSIDER, by.COMMITMENT, shows="`ledger verify`; the payload is not the one committed to"
)
def test_the_words_beside_an_entry_are_exchanged(site):
    site.edit(
        "ledger.db",
        "UPDATE payload SET data = replace(data, 'rita', 'anna') WHERE data LIKE '%rita%'",
    )
    damaged(site, site.search(), "ledger.damaged")


@attack(
    Who.OPERATOR,
    by.PINNED,
    shows="the workspace does not open",
    cases={
        "it is deleted": None,
        "it is emptied": b"",
        "it is of another ledger": b'{"v":1,"logs":{"recognizance/x/uses":{"size":1,"root":"'
        + b"0" * 64
        + b'"},"recognizance/x/decisions":{"size":1,"root":"'
        + b"0" * 64
        + b'"}}}\n',
    },
)
def test_the_pin_is_tampered_with(site, case):
    pin = site.keys / "ledger-pin.json"
    pin.unlink()
    if case is not None:
        pin.write_bytes(case)
    damaged(site, site.search(), "ledger.damaged")


@attack(
    Who.INSIDER,
    by.LEDGER_VERIFIES,
    shows="every checkpoint, receipt or pin that somebody else holds contradicts it",
    prevented=False,
)
def test_an_older_copy_of_everything_is_put_back_with_its_pin(site, tmp_path):
    older = site.copy(tmp_path / "older")
    site.ok("gate", "revoke", site.door, "--reason", "complaints", by="officer")
    somebody_else = tmp_path / "pin-elsewhere"
    shutil.copy(site.keys / "ledger-pin.json", somebody_else)
    assert older.search_door().code == 0  # on this machine alone nothing shows it
    about = json.loads((older.data / "workspace.json").read_bytes())
    report = verify_ledger(older.data / "ledger.db", about["ledger_vkeys"], somebody_else)
    assert not report.ok


# ---- workspace.json and keys --------------------------------------------------------------------


@attack(
    Who.OPERATOR,
    by.AUTHORITY_PINNED,
    shows="the workspace does not open",
    cases={
        "removed": None,
        "replaced": "ab" * 32,
    },
)
def test_the_pinned_authority_is_changed_in_the_file_of_the_workspace(site, case):
    path = site.data / "workspace.json"
    about = json.loads(path.read_bytes())
    path.write_bytes(canonical_bytes(about | {"authority": case}))
    damaged(site, site.search(), "workspace.damaged")


@attack(Who.OPERATOR, by.KEY_OF_WORKSPACE, shows="the workspace does not open")
def test_the_environment_points_to_the_key_of_another_workspace(site, built, tmp_path):
    other = Site(tmp_path / "other")
    other.folder.mkdir()
    other.ok("init", "--plain-keys")
    key = other.keys / "workspace.key"
    damaged(site, site.search(RECOGNIZANCE_KEY_FILE=str(key)), "key.invalid")
    renamed = parse_json(key.read_bytes()) | {"name": site.keys.name}
    key.write_bytes(canonical_bytes(renamed))
    damaged(site, site.search(RECOGNIZANCE_KEY_FILE=str(key)), "ledger.damaged")


@attack(Who.INSIDER, by.KEY_OF_PRINCIPAL, shows="refused; nothing ran")
def test_the_key_file_of_a_reviewer_is_put_in_place_of_the_officers(site):
    shutil.copy(site.keys / "rita.key", site.keys / "officer.key")
    ran = site("gate", "revoke", site.door, "--reason", "x", by="officer")
    stopped(site, ran, "key.invalid", log=None)


@attack(Who.THIEF, by.SEPARATE_KEYS, shows="refused; nothing ran")
def test_a_thief_has_the_operators_key_and_the_data_and_nothing_else(site):
    for path in site.keys.glob("*.key"):
        if path.name != "operator.key":
            path.unlink()
    damaged(site, site.search(), "key.invalid")


@attack(Who.THIEF, by.PASSPHRASE, shows="refused; nothing ran")
def test_a_stolen_laptop_is_opened_without_its_passphrase(site, tmp_path):
    words = tmp_path / "words"
    words.touch(mode=0o600)
    words.write_text("correct horse battery\n")
    site.ok("keys", "passwd", "workspace", "--new-file", words)
    damaged(site, site.search(), "key.passphrase")
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("correct horse batterx\n")
    damaged(site, site.search(RECOGNIZANCE_PASSPHRASE_FILE=str(wrong)), "key.passphrase")
    assert stat.S_IMODE((site.keys / "workspace.key").stat().st_mode) == 0o600
    assert site.search(RECOGNIZANCE_PASSPHRASE_FILE=str(words)).code == 0


# ---- rules, evidence, models --------------------------------------------------------------------


LOOSER = {
    "a card is looser": ("house.toml", "wl.size > 0", "wl.size > 1000000"),
    "a card is gone": ("house.toml", 'id = "HR-19"', 'id = "HR-99"'),
    "a table is changed": ("tables/*.toml", "\n", "\n# not free any more\n"),
    "a reason reads otherwise": ("house.toml", "whoever asks", "whoever dares"),
}


def change_rules(site: Site, monkeypatch, case: tuple[str, str, str]) -> None:
    pattern, old, new = case
    copy = site.folder / "rules"
    shutil.copytree(rules_root(), copy)
    path = min(copy.glob(pattern))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    monkeypatch.setattr(bundle_module, "rules_root", lambda: copy)
    site.as_it_is = True


@attack(Who.FORK, by.RULES_DIGEST, cases=LOOSER)
def test_the_rules_are_changed_under_a_permit(site, monkeypatch, case):
    change_rules(site, monkeypatch, case)
    stopped(site, site.search(), "permit.forged")


@attack(
    Who.FORK,
    by.RULES_TOLD,
    shows="the decisions log names the digest of the rules; it is not that of any release",
    prevented=False,
)
def test_a_self_signed_permit_is_issued_under_looser_rules(site, monkeypatch):
    shipped = site.entries("decisions")[-1]
    honest = [e for e in site.entries("decisions") if e["kind"] == "gate_decision"]
    change_rules(site, monkeypatch, LOOSER["a card is looser"])
    issue_door(site, gallery="loose")
    decided = [e for e in site.entries("decisions") if e["kind"] == "gate_decision"]
    assert decided[-1]["public"]["bundle"] not in {e["public"]["bundle"] for e in honest}
    issued = [e for e in site.entries("decisions") if e["kind"] == "permit_issued"]
    assert issued[-1]["public"]["bundle"] == decided[-1]["public"]["bundle"]
    assert shipped


@attack(Who.FORK, by.AUTHORITY_RULES, shows="refused by the authority; nothing is in its book")
def test_a_request_decided_by_looser_rules_is_sent_to_the_authority(fresh, monkeypatch):
    with monkeypatch.context() as patch:
        change_rules(fresh, patch, LOOSER["a card is looser"])
        fresh.ok("gate", "request", LOUNGE, *LOUNGE_ASKED, "-o", "loose.json")
    fresh.as_it_is = False
    ran = fresh.answer("loose.json", "--countersign")
    assert ran.error["code"] == "authority.invalid", ran.out


def looser_evidence(site: Site, *, agrees: bool):
    """Another evidence file; where it `agrees`, with a digest of its own."""
    document = parse_json(load_evidence().to_bytes())["evidence"]
    document["tool"] = "recognizance 99"
    path = site.folder / "evidence.json"
    seal = digest_of(document) if agrees else load_evidence().digest
    path.write_bytes(canonical_bytes({"evidence": document, "sha256": seal}))
    return path


@attack(Who.FORK, by.EVIDENCE_DIGEST)
def test_the_evidence_is_replaced_by_another(site, monkeypatch):
    path = looser_evidence(site, agrees=True)
    site.as_it_is = True
    monkeypatch.setattr(workspace_module, "load_evidence", lambda: load_evidence(path))
    stopped(site, site.search(), "permit.forged")


@attack(Who.FORK, by.EVIDENCE_SEAL, shows="refused; nothing ran")
def test_the_evidence_is_edited_and_keeps_its_old_digest(site, monkeypatch):
    path = looser_evidence(site, agrees=False)
    site.as_it_is = True
    monkeypatch.setattr(workspace_module, "load_evidence", lambda: load_evidence(path))
    ran = site.search()
    assert ran.error["code"] == "evidence.invalid", ran.out
    nothing_named(ran)


@attack(Who.FORK, by.MODEL_ID, cases={"another model": "model", "another cohort": "cohort"})
def test_another_model_runs_than_the_one_that_was_measured(site, monkeypatch, case):
    evidence = load_evidence()
    ids = {"model": evidence.model_id, "cohort": evidence.cohort_id} | {case: "f" * 64}
    monkeypatch.setattr(
        "attack_site.FakeEngine", lambda *_: FakeEngine(ids["model"], ids["cohort"])
    )
    stopped(site, site.search(), "model.mismatch")


@attack(Who.FORK, by.MODEL_FILE, shows="refusal in the uses log, where a workspace is open")
def test_another_model_file_is_put_on_the_path(site, tmp_path):
    """A package of the same name, earlier on the path, with other weights."""
    pytest.importorskip("openvino")
    from recognizance.engine.models import (  # noqa: PLC0415  # not where the engine is missing
        DETECTOR,
        RECOGNISER,
        WHEEL,
    )

    shim = tmp_path / "shim"
    info = shim / f"{WHEEL}-99.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {WHEEL}\nVersion: 99\n")
    files = [DETECTOR.file_name, RECOGNISER.file_name]
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    for name in files:
        (shim / name).write_bytes(b"other weights")
    script = "from recognizance import cli\ncli.main()"
    words = ("search", "dora-again", "--gallery", "door", "--permit", site.door, "--json")
    here = os.pathsep.join([str(shim), *site.paths()])
    ran = site.python(script, *words, ATTACK_ENGINE="real", PYTHONPATH=here)
    stopped(site, ran, "model.invalid", outcome="bad_input")


@attack(Who.OPERATOR, by.RETENTION_RUNS, shows="`retention` in the uses log")
def test_nobody_opens_the_workspace_until_the_references_have_ended(site):
    site.now += timedelta(days=32)
    ran = site.search_door()
    assert ran.error["code"] == "permit.expired"
    assert not [row for row in site.gallery() if "door" in row[:2]]
    assert "retention" in {entry["kind"] for entry in site.entries()}
