"""The main job from the command line, on real photographs."""

import io
import time

import pytest
from PIL import Image

from recognizance.review import LEAST_VIEWING

pytestmark = pytest.mark.faces


@pytest.fixture
def permitted(command, people):
    """A workspace with a trial permit for every photograph of the people, and its gallery."""
    command("init")
    submission = command.folder / "trial.toml"
    command("gate", "new", "trial", "-o", submission)
    photographs = sorted(people.rglob("*.jpg"))
    options = [part for path in photographs for part in ("--photograph", path)]
    issued = command("gate", "issue", submission, "--gallery", "g", *options, "--json")
    assert issued.code == 0, issued.out + issued.err
    permit = issued.json["permit_id"]
    assert command("gallery", "create", "g", "--permit", permit).code == 0
    for owed in command("permit", "show", permit, "--json").json["standing"]["owed"]:
        hook = owed.split()[4]
        attested = ("permit", "attest", permit, hook, "--statement", "done, see the file")
        assert command(*attested, RECOGNIZANCE_PRINCIPAL="officer").code == 0
    return permit


def enroll(command, permit, person, photograph, *more):
    return command(
        *("enroll", person, photograph, "--gallery", "g", "--permit", permit),
        *("--provenance", "own_enrollment", "--ground", "release-1", "--json", *more),
    )


def test_enroll_verify_search_review_erase_and_prove(command, people, permitted):
    one, two, three = (sorted((people / f"person-{n}").glob("*.jpg")) for n in (1, 2, 3))
    use = ("--gallery", "g", "--permit", permitted, "--json")
    assert enroll(command, permitted, "p-1", one[0]).json["outcome"] == "enrolled"
    assert enroll(command, permitted, "p-2", two[0]).json["outcome"] == "enrolled"
    assert command("verify", "p-1", one[1], *use).json["outcome"] == "match"
    assert command("verify", "p-1", two[1], *use).json["outcome"] == "non_match"
    assert command("search", three[0], *use).json["outcome"] == "no_candidate"
    held = command("search", one[1], *use).json
    assert (held["outcome"], held["subjects"]) == ("held_for_review", [])
    command("keys", "new", "rita", "--role", "reviewer")
    command("training", "record", "rita", "--on", "2026-11-20", "--course", "reading faces")
    as_rita = {"RECOGNIZANCE_PRINCIPAL": "rita"}
    shown = command("review", "show", held["lead_id"], "--pictures", "pics", "--json", **as_rita)
    assert len(shown.json["pictures"]) == 2
    decide = ("review", "decide", held["lead_id"], "same_person", "--candidate", 1)
    decide += ("--reason", "same ears", "--json")
    command("review", "show", held["lead_id"], **as_rita)  # to look again costs no time
    time.sleep(LEAST_VIEWING.total_seconds())
    decided = command(*decide, **as_rita)
    assert (decided.json["outcome"], decided.json["subjects"]) == ("confirmed", ["p-1"])
    assert command("erase", "p-1", "--reason", "asked", "--json").json["outcome"] == "erased"
    assert command("search", one[1], *use).json["outcome"] == "no_candidate"
    assert command("ledger", "verify").code == 0


def test_a_revoked_permit_refuses_the_next_use(command, people, permitted):
    photograph = next((people / "person-1").glob("*.jpg"))
    assert enroll(command, permitted, "p-1", photograph).code == 0
    revoked = command(
        "gate", "revoke", permitted, "--reason", "x", RECOGNIZANCE_PRINCIPAL="officer"
    )
    assert revoked.code == 0
    ran = command("search", photograph, "--gallery", "g", "--permit", permitted, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (4, "permit.revoked")


def test_many_people_from_a_folder_and_again_to_go_on(command, people, permitted):
    many = ("enroll", "--from", people, "--gallery", "g", "--permit", permitted)
    why = ("--provenance", "own_enrollment", "--ground", "releases-2026", "--json")
    first = command(*many, *why)
    assert (first.code, first.json["enrolled"], first.json["rejected"]) == (0, 7, [])
    again = command(*many, *why)
    assert (again.json["enrolled"], again.json["already"]) == (0, 7)


def test_compare_answers_in_one_command_and_leaves_nothing(command, people):
    one = sorted((people / "person-1").glob("*.jpg"))
    two = next((people / "person-2").glob("*.jpg"))
    same = command("compare", *one, "--json").json
    assert same["outcome"] == "match"
    assert same["self_attested"]
    assert len(same["fmr_by_group"]) >= 14
    assert command("compare", one[0], two, "--json").json["outcome"] == "non_match"
    assert list(command.folder.iterdir()) == []


@pytest.mark.processes
def test_start_opted_in_is_one_command_to_a_first_answer(command, people):
    releases = command.folder / "releases.csv"
    releases.write_text(
        "subject_id,release_id\n" + "".join(f"person-{n},r-{n}\n" for n in (1, 2, 3))
    )
    started = command("start", "opted-in", "--people", people, "--releases", releases, "--json")
    assert started.code == 0, started.out + started.err
    about = started.json
    assert (about["enrolled"], about["references"]) == (3, 6)
    assert about["without_release"] == ["person-4"]
    photograph = min((people / "person-2").glob("*.jpg"))
    found = command(
        *("search", photograph, "--gallery", about["gallery_id"]),
        *("--permit", about["permit_id"], "--json"),
    ).json
    assert (found["outcome"], found["subjects"]) == ("candidate", ["person-2"])
    assert found["self_attested"]


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("empty.jpg", lambda _: b"", (2, "image")),
        ("cut.jpg", lambda jpeg: jpeg[: len(jpeg) // 2], (2, "image")),
        ("text.jpg", lambda _: b"this is no picture", (2, "image")),
        ("script.png", lambda _: b"<svg onload=alert(1)>", (2, "image")),
        ("huge.jpg", lambda _: bytes(31_000_000), (2, "image.too_large")),
        ("grey.png", lambda _: grey_png(), (5, "face.none")),
    ],
)
def test_bad_photographs_end_in_a_typed_error_and_change_nothing(
    command, people, name, make, expected
):
    code, error = expected
    jpeg = next((people / "person-1").glob("*.jpg"))
    bad = command.folder / name
    bad.write_bytes(make(jpeg.read_bytes()))
    ran = command("compare", jpeg, bad, "--json")
    assert ran.code == code
    assert ran.json["error"]["code"].startswith(error)
    assert ran.json["error"]["hint"]


def grey_png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (320, 240), 128).save(file, "PNG")
    return file.getvalue()


def test_a_full_disk_changes_nothing_and_says_so(command, people, permitted):
    photograph = next((people / "person-1").glob("*.jpg"))
    full = (command.folder / "data" / "ledger.db").stat().st_size
    ran = command(
        *("enroll", "p-1", photograph, "--gallery", "g", "--permit", permitted),
        *("--provenance", "own_enrollment", "--ground", "release-1", "--json"),
        room=full,
    )
    assert (ran.code, ran.json["error"]["code"]) == (1, "store.full")
    assert command("ledger", "verify").code == 0
    assert command("subjects", "list", "--json").json == []
    assert enroll(command, permitted, "p-1", photograph).json["outcome"] == "enrolled"
