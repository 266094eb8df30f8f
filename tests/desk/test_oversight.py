"""The verbs of people over a use: who may, what is recorded, what the log alone says afterwards."""

from datetime import timedelta

import pytest

from hooked import Hooked, condition
from recognizance.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    PermitMissingError,
    PrincipalError,
    RoleError,
)
from recognizance.ledger import LogName
from recognizance.permits import oversight
from recognizance.registry.standing import Standing
from recognizance.types import Role
from recognizance.workspace import Workspace


def everything(office) -> Hooked:
    """One permit, and every verb used once."""
    workspace, now = office.workspace, office.workspace.clock()
    hooked = Hooked(
        office,
        (
            condition("public_notice"),
            condition("order_timer", hours=24),
            condition("notify_authorities"),
        ),
    )
    officer, custodian = workspace.acting("officer"), workspace.acting("operator")
    notice = f"Faces are compared here under permit {hooked.id}."
    oversight.attest(workspace, hooked.id, "public_notice", statement=notice, by=officer)
    oversight.record_order(
        workspace, hooked.id, order_id="7 Gs 1/26", granted=True, document=b"pdf", by=officer
    )
    oversight.suspend(workspace, hooked.id, reason="look at this", by=custodian)
    oversight.resume(workspace, hooked.id, reason="looked", by=officer)
    oversight.announce_assembly(
        workspace,
        site="square",
        begins=now,
        ends=now + timedelta(hours=1),
        reason="a vigil for Ana",
        by=custodian,
    )
    oversight.publish_statistics(workspace, hooked.id, by=officer)
    return hooked


def test_what_the_log_says_is_the_same_for_every_process_that_reads_it(office, settings, clock):
    everything(office)
    with Workspace.open(settings, clock=clock) as other:
        assert other.registry.standing == office.workspace.registry.standing


def test_standing_is_read_from_the_public_part_alone(office):
    everything(office)
    ledger = office.workspace.ledger
    for entry in ledger.entries(LogName.DECISIONS):
        ledger.erase_private(LogName.DECISIONS, entry.index)
    read_again = Standing()
    for entry in ledger.entries(LogName.DECISIONS):
        read_again.replay(entry)
    assert read_again == office.workspace.registry.standing


def test_words_stay_out_of_the_leaves_and_each_entry_says_who(office):
    everything(office)
    ledger = office.workspace.ledger
    leaves = [ledger.leaf(LogName.DECISIONS, i) for i in range(ledger.size(LogName.DECISIONS))]
    for words in (b"vigil", b"look at this", b"7 Gs 1/26", b"Faces are compared", b"reading faces"):
        assert not any(words in leaf for leaf in leaves)
    known = {each.principal_id for each in office.workspace.registry.principals.values()}
    verbs = {"duty_attested", "order_recorded", "permit_suspended", "permit_resumed"}
    verbs |= {"assembly_announced", "statistics_published", "training_recorded"}
    acted = [e for e in ledger.entries(LogName.DECISIONS) if e.kind in verbs]
    assert {each.kind for each in acted} == verbs
    assert {each.public["by"] for each in acted} <= known


ROLES = {
    "attest": ("officer", "operator"),
    "suspend": ("officer", "operator", "reviewer-1"),
    "resume": ("officer",),
    "order": ("officer",),
    "train": ("operator",),
    "announce": ("officer", "operator"),
    "publish": ("officer", "operator"),
}


@pytest.mark.parametrize("verb", sorted(ROLES))
def test_only_who_has_the_role_may(office, verb):
    workspace, now = office.workspace, office.workspace.clock()
    office.add("auditor", Role.AUDITOR)
    duties = (condition("no_sharing"), condition("order_timer", hours=24))
    verbs = {
        "attest": lambda permit, by: oversight.attest(
            workspace, permit, "no_sharing", statement="done", by=by
        ),
        "suspend": lambda permit, by: oversight.suspend(workspace, permit, reason="x", by=by),
        "resume": lambda permit, by: oversight.resume(workspace, permit, reason="x", by=by),
        "order": lambda permit, by: oversight.record_order(
            workspace, permit, order_id="1", granted=True, document=b"x", by=by
        ),
        "train": lambda _, by: oversight.record_training(
            workspace, "reviewer-1", on=now.date(), course="x", by=by
        ),
        "announce": lambda _, by: oversight.announce_assembly(
            workspace, site="s", begins=now, ends=now + timedelta(hours=1), reason="x", by=by
        ),
        "publish": lambda permit, by: oversight.publish_statistics(workspace, permit, by=by),
    }
    for name in ("officer", "operator", "reviewer-1", "auditor"):
        permit = Hooked(office, duties, gallery=name).id
        if verb == "resume":
            oversight.suspend(workspace, permit, reason="x", by=workspace.acting("operator"))
        size = workspace.ledger.size(LogName.DECISIONS)
        if name in ROLES[verb]:
            verbs[verb](permit, workspace.acting(name))
            assert workspace.ledger.size(LogName.DECISIONS) == size + 1
        else:
            with pytest.raises(RoleError):
                verbs[verb](permit, workspace.acting(name))
            assert workspace.ledger.size(LogName.DECISIONS) == size


def test_a_notice_shows_the_permit(office):
    workspace = office.workspace
    hooked = Hooked(office, (condition("public_notice"),))
    officer = workspace.acting("officer")
    with pytest.raises(InputError) as caught:
        oversight.attest(workspace, hooked.id, "public_notice", statement="We film.", by=officer)
    assert caught.value.rules == ("GV-02",)
    text = f"We compare faces here. Permit {hooked.id}."
    oversight.attest(workspace, hooked.id, "public_notice", statement=text, by=officer)
    assert hooked.enroll().outcome == "enrolled"


@pytest.mark.parametrize("words", ["", " \n", "x" * 2001])
def test_nothing_is_done_without_words(office, words):
    workspace = office.workspace
    hooked = Hooked(office, (condition("no_sharing"),))
    officer = workspace.acting("officer")
    with pytest.raises(InputError):
        oversight.attest(workspace, hooked.id, "no_sharing", statement=words, by=officer)
    with pytest.raises(InputError):
        oversight.suspend(workspace, hooked.id, reason=words, by=officer)


def test_what_makes_no_sense_is_said_to(office, clock):
    workspace, now = office.workspace, clock()
    hooked = Hooked(office, (condition("no_sharing"),))
    officer, operator = workspace.acting("officer"), workspace.acting("operator")
    with pytest.raises(InputError):
        oversight.attest(workspace, hooked.id, "hours", statement="x", by=officer)
    with pytest.raises(ConflictError):
        oversight.attest(workspace, hooked.id, "other_way", statement="x", by=officer)
    with pytest.raises(PermitMissingError):
        oversight.suspend(workspace, "nobody", reason="x", by=officer)
    with pytest.raises(ConflictError):
        oversight.resume(workspace, hooked.id, reason="x", by=officer)
    oversight.suspend(workspace, hooked.id, reason="x", by=officer)
    with pytest.raises(ConflictError):
        oversight.suspend(workspace, hooked.id, reason="x", by=officer)
    with pytest.raises(ConflictError):
        oversight.record_order(
            workspace, hooked.id, order_id="1", granted=True, document=b"x", by=officer
        )
    tomorrow = now.date() + timedelta(days=1)
    with pytest.raises(InputError):
        oversight.record_training(workspace, "reviewer-1", on=tomorrow, course="x", by=operator)
    with pytest.raises(PrincipalError):
        oversight.record_training(workspace, "nobody", on=now.date(), course="x", by=operator)
    with pytest.raises(InputError):
        oversight.announce_assembly(
            workspace, site="s", begins=now, ends=now, reason="x", by=operator
        )
    with pytest.raises(NotFoundError):
        oversight.cancel_assembly(workspace, "nobody", reason="x", by=officer)


def test_figures_count_what_ran_and_say_nothing_of_anybody(office):
    workspace = office.workspace
    hooked = Hooked(office, (condition("lead_only"),))
    hooked.enroll("subject-ana")
    hooked.decide(hooked.search().lead_id, "different_person")
    with pytest.raises(Exception, match="purpose"):
        hooked.search(purpose="suspect_search")
    figures = oversight.publish_statistics(workspace, hooked.id, by=workspace.acting("officer"))
    assert figures.uses == {
        "decide": {"rejected": 1},
        "enroll": {"enrolled": 1},
        "search": {"held_for_review": 1},
    }
    assert (figures.faces_searched, figures.false_alerts) == (1, 1)
    size = workspace.ledger.size(LogName.DECISIONS)
    assert b"subject-ana" not in workspace.ledger.leaf(LogName.DECISIONS, size - 1)
    assert workspace.registry.standing.statistics_of(hooked.id) == workspace.clock()
