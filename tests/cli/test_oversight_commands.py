"""The verbs of oversight from the command line: what people do about a use while it runs."""

import pytest

AS_OFFICER = {"RECOGNIZANCE_PRINCIPAL": "officer"}


@pytest.fixture
def permit(command) -> str:
    """A trial permit; nothing needs an engine here, so its photograph is none."""
    assert command("init", "--plain-keys").code == 0
    submission = command.folder / "trial.toml"
    command("gate", "new", "trial", "-o", submission)
    photograph = command.folder / "photograph.jpg"
    photograph.write_bytes(b"not looked at")
    issued = command(
        *("gate", "issue", submission, "--gallery", "g", "--photograph", photograph, "--json")
    )
    assert issued.code == 0, issued.out + issued.err
    return issued.json["permit_id"]


def test_a_use_is_refused_until_its_duty_is_attested_with_the_command_it_names(command, permit):
    assert command("gallery", "create", "g", "--permit", permit).code == 0
    use = ("search", "photograph.jpg", "--gallery", "g", "--permit", permit, "--json")
    refused = command(*use)
    assert refused.code == 4
    error = refused.json["error"]
    assert error["code"] == "permit.duty_unmet"
    assert error["rules"] == ["PR-11"]
    owed = command("permit", "show", permit, "--json").json["standing"]["owed"]
    assert len(owed) == 1
    assert owed[0] in error["hint"]
    words = owed[0].removeprefix("recognizance ").replace('"..."', "done").split()
    assert command(*words, **AS_OFFICER).code == 0
    assert command(*use).json["error"]["code"] == "image.format"


def test_stop_and_go_on(command, permit):
    stopped = command("permit", "suspend", permit, "--reason", "this is wrong")
    assert stopped.code == 0
    assert "resume" in stopped.out
    assert command("permit", "list", "--json").json[0]["state"] == "stopped"
    assert command("status", "--json").json["permits_stopped"] == [permit]
    assert "stopped" in command("permit", "show", permit).out
    resume = ("permit", "resume", permit, "--reason", "looked into it")
    assert command(*resume).code == 4
    assert command(*resume, **AS_OFFICER).code == 0
    assert command("permit", "list", "--json").json[0]["state"] == "in force"


def test_figures_and_trainings_and_the_calendar(command, permit):
    figures = command("permit", "statistics", permit, "--publish", "--json")
    assert (figures.code, figures.json["published"]) == (0, True)
    assert "no (--publish)" in command("permit", "statistics", permit).out
    command("keys", "new", "rita", "--role", "reviewer")
    assert command("training", "list", "--json").json == [{"name": "rita", "on": None}]
    train = ("training", "record", "rita", "--course", "reading faces", "--on")
    assert command(*train, "next week").code == 2
    assert command(*train, "2099-01-01").code == 2
    assert command(*train, "2026-11-01").code == 0
    assert command("training", "list", "--json").json == [{"name": "rita", "on": "2026-11-01"}]
    march = ("calendar", "add", "--site", "square", "--reason", "a march")
    assert command(*march, "--from", "noon", "--until", "later").code == 2
    hours = ("--from", "2026-11-24T14:00Z", "--until", "2026-11-24T20:00Z")
    added = command(*march, *hours, "--json").json["assembly"]
    assert [each["assembly"] for each in command("calendar", "list", "--json").json] == [added]
    cancel = ("calendar", "cancel", added, "--reason", "it rains")
    assert command(*cancel).code == 4
    assert command(*cancel, **AS_OFFICER).code == 0
    assert command("calendar", "list", "--json").json == []


@pytest.mark.processes
def test_an_order_is_only_for_a_permit_that_waits_for_one(command, permit):
    order = ("permit", "order", permit, "--order-id", "7 Gs 1/26", "--file")
    assert command(*order, "nothing.pdf", "--granted", **AS_OFFICER).code == 2
    (command.folder / "order.pdf").write_bytes(b"%PDF")
    assert command(*order, "order.pdf", **AS_OFFICER).code == 2
    done = command(*order, "order.pdf", "--granted", "--json", **AS_OFFICER)
    assert done.json["error"]["code"] == "item.conflict"


def test_a_lead_that_is_not_there_is_neither_contested_nor_exported(command, permit):
    for verb in (
        ("review", "contest", "0" * 16, "--reason", "not me"),
        ("review", "export", "0" * 16, "-o", "bundle.json"),
    ):
        done = command(*verb, "--json")
        assert done.json["error"]["code"] == "item.not_found"
    assert not (command.folder / "bundle.json").exists()
