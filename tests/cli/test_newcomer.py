"""What a newcomer stumbles over: names mistyped, files that are there, screens that are narrow."""

import io
import os
import stat

import pytest
from PIL import Image

from recognizance.cli.console import PIPED_WIDTH, line, show, table
from recognizance.cli.output import output_file
from recognizance.errors import InputError
from recognizance.gate.submission import submission_from
from recognizance.gate.topics import FURTHER, OPENING

TRIAL_LEFT_OPEN = ("gate", "new", "trial")


def topic(name):
    return next(each for each in (*OPENING, *FURTHER) if each.name == name)


# ---- files that are written -----------------------------------------------------------------


def test_an_output_file_is_its_owners_alone_and_holds_what_was_written(tmp_path):
    with output_file(tmp_path / "lead.json") as place:
        place.write(b"{}")
    assert (tmp_path / "lead.json").read_bytes() == b"{}"
    assert stat.S_IMODE((tmp_path / "lead.json").stat().st_mode) == 0o600


def test_an_output_file_is_never_written_over(tmp_path):
    (tmp_path / "use.toml").write_text("mine")
    with pytest.raises(InputError, match="there already"), output_file(tmp_path / "use.toml"):
        pytest.fail("the verb ran")
    assert (tmp_path / "use.toml").read_text() == "mine"


@pytest.mark.parametrize("inside", ["missing", "file"])
def test_a_folder_that_is_not_there_is_said_before_the_verb_runs(tmp_path, inside):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="no folder"), output_file(tmp_path / inside / "b.json"):
        pytest.fail("the verb ran")


@pytest.mark.parametrize("error", [InputError("no"), KeyboardInterrupt()])
def test_a_verb_that_fails_leaves_no_file(tmp_path, error):
    with pytest.raises(type(error)), output_file(tmp_path / "b.json"):
        raise error
    assert not list(tmp_path.iterdir())


def test_a_verb_that_writes_nothing_leaves_no_file(tmp_path):
    with output_file(tmp_path / "b.json"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_new_submission_is_not_written_over_another_one(command):
    assert command(*TRIAL_LEFT_OPEN, "-o", "t.toml").code == 0
    assert command(*TRIAL_LEFT_OPEN, "-o", "t.toml").code == 2
    assert command(*TRIAL_LEFT_OPEN, "-o", "none/t.toml").code == 2


def test_a_status_list_names_the_days_that_operators_go_on_without_one(command):
    command("gate", "authority", "board", "--name", "Board", "--plain-keys")
    written = command("gate", "status", "--authority", "board", "-o", "s.json")
    assert written.code == 0, written.err
    assert "30 days" in written.out
    again = command("gate", "status", "--authority", "board", "-o", "s.json")
    assert again.code == 2
    third = command("gate", "status", "--authority", "board", "-o", "t.json", "--json")
    assert third.json["number"] == 2  # what was not written was not counted


# ---- init, erase, compare, photographs ------------------------------------------------------


@pytest.mark.parametrize("key", ["", "zzz"])
def test_no_workspace_is_made_for_an_authority_that_is_none(command, key):
    made = command("init", "--plain-keys", "--authority", key, "--json")
    assert made.code == 2
    assert "gate authority DIR" in made.json["error"]["hint"]
    assert not (command.folder / "data").exists()


def test_a_reason_to_erase_has_words(command):
    command("init", "--plain-keys")
    assert command("erase", "ana", "--reason", " ").code == 2


def test_a_pipe_is_no_photograph(command):
    os.mkfifo(command.folder / "pipe")
    said = command("redact", "pipe", "out.png", "--json").json["error"]
    assert "is no regular file" in said["message"]


def test_a_comparison_without_a_workspace_names_no_entry(command):
    (command.folder / "a.jpg").write_bytes(b"no photograph")
    said = command("compare", "a.jpg", "a.jpg", "--json").json["error"]
    assert (said["code"], said["entry"]) == ("image.format", None)


def test_a_name_without_a_known_format_is_refused_before_anything_runs(command):
    Image.new("RGB", (40, 40)).save(command.folder / "a.jpg")
    refused = command("redact", "a.jpg", "out.gif", "--json").json["error"]
    assert refused["code"] == "input.invalid"
    assert ".png" in refused["hint"]


@pytest.mark.parametrize(
    ("name", "form"), [("a.png", "PNG"), ("a.JPEG", "JPEG"), ("a.webp", "WEBP")]
)
def test_a_redacted_photograph_is_what_its_name_says(command, people, name, form):
    photograph = people / "person-1" / "2015.jpg"
    assert command("redact", photograph, name).code == 0
    written = (command.folder / name).read_bytes()
    assert Image.open(io.BytesIO(written)).format == form


# ---- submissions and cases ------------------------------------------------------------------


def test_bad_toml_is_told_with_its_line_and_column(command):
    (command.folder / "use.toml").write_text('title = "x"\nclass = \n')
    said = command("gate", "check", "use.toml", "--json").json["error"]
    assert "line 2, column 9" in said["message"]


@pytest.mark.parametrize("word", ["strike participants", "protesters", "demonstration", "rally"])
def test_who_takes_part_in_a_gathering_is_a_criterion_of_a_lawful_event(word):
    read = submission_from({"wl": {"criteria": [word]}})
    assert read.stated["wl.criteria"] == frozenset({"lawful_event"})


def test_a_case_that_cannot_be_read_is_called_invalid_and_says_why(command):
    (command.folder / "odd.toml").write_text("this is no case")
    ran = command("gate", "cases", "odd.toml")
    assert ran.code == 1
    assert "invalid" in ran.out
    assert "odd: " in ran.out


# ---- the interview --------------------------------------------------------------------------


def test_several_reasons_to_list_people_can_be_named_with_commas_and_ranges():
    listing = topic("listing")
    names = [choice.name for choice in listing.choices]
    first, second, third = (names.index(name) + 1 for name in ("missing", "victims", "named"))
    assert (second, third) == (first + 1, first + 2)
    ranged = listing.read(f"{first}-{third}")
    assert ranged == listing.read("missing, victims, named")
    assert ranged["wl.criteria"] == frozenset({"missing_person", "victim", "named_target"})


@pytest.mark.parametrize("typed", ["nobody, named", "3-1", "0-2", "1-99"])
def test_answers_that_contradict_themselves_are_asked_again(typed):
    with pytest.raises(InputError):
        topic("listing").read(typed)


def test_the_interview_looks_at_its_output_before_it_asks(command):
    (command.folder / "answers").write_text("?\n")
    refused = command("gate", "ask", "--answers", "answers", "-o", "none/use.toml")
    assert refused.code == 2
    assert "1. " not in refused.err


# ---- start ----------------------------------------------------------------------------------


def test_every_bad_name_is_told_before_anything_is_made(command):
    for name in ("ana maria", "ben"):
        (command.folder / "people" / name).mkdir(parents=True)
        (command.folder / "people" / name / "1.jpg").write_bytes(b"not looked at")
    (command.folder / "r.csv").write_text("subject_id,release_id\nana maria,R1\nben,\ncleo,R3\n")
    said = command(*("start", "opted-in", "--people", "people", "--releases", "r.csv", "--json"))
    assert said.code == 2
    message = said.json["error"]["message"]
    assert all(name in message for name in ("'ana maria'", "'ben'", "'cleo'"))
    assert not (command.folder / "data").exists()


def test_start_goes_on_where_it_was_broken_off(command, people):
    (command.folder / "r.csv").write_text("subject_id,release_id\nperson-1,R1\n")
    start = ("start", "opted-in", "--people", people, "--releases", "r.csv", "--json")
    first = command(*start)
    assert first.code == 0, first.out + first.err
    again = command(*start)
    assert again.code == 0, again.out + again.err
    same = ("permit_id", "enrolled", "references")
    assert [again.json[key] for key in same] == [first.json[key] for key in same]


def test_start_leaves_a_workspace_with_an_authority_alone(command, people):
    assert command("init", "--plain-keys", "--authority", "ab" * 32).code == 0
    (command.folder / "r.csv").write_text("subject_id,release_id\nperson-1,R1\n")
    said = command("start", "opted-in", "--people", people, "--releases", "r.csv", "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "workspace.exists")


# ---- the screen -----------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 100, PIPED_WIDTH])
def test_ids_keys_and_commands_are_not_broken_over_lines(width):
    from rich.console import Console  # noqa: PLC0415  # what is drawn on, for this test alone

    proof, command = "ab" * 64, f"recognizance verify --challenge {'cd' * 32} --device-proof X"
    screen = io.StringIO()
    console = Console(file=screen, width=width, highlight=False)
    show(console, line("  next  ", command))
    show(console, table(None, ("id", "what"), [(proof, "some words that may be folded")]))
    assert command in screen.getvalue()
    assert proof in screen.getvalue()


def test_what_is_wrong_with_a_key_file_or_a_pin_names_the_file(command):
    command("init", "--plain-keys")
    keys = command.folder / "keys"
    (key,) = keys.rglob("operator*")
    words = key.read_bytes()
    key.write_bytes(b"{")
    said = command("erase", "ana", "--reason", "test", "--json").json["error"]
    assert key.name in said["message"]
    key.write_bytes(words)
    (pin,) = keys.rglob("*pin*")
    pin.unlink()
    said = command("status", "--json").json["error"]
    assert pin.name in said["message"]
