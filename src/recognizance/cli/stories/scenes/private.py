"""Small uses that sign themselves: one's own glasses, one's own front door. Both are watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.cli.stories.filmed import shoot, watch
from recognizance.cli.stories.scenery import ATTESTED_WORDS, at
from recognizance.gate.scope import Circumstances, SampleKind, Scope
from recognizance.permits.oversight import announce_assembly

if TYPE_CHECKING:
    from recognizance.cli.stories.stage import Stage
    from recognizance.cli.stories.story import Ask
    from recognizance.gate.permit import Permit

OUT_AND_ABOUT = "out-and-about"
HOME = "home"


def own_glasses(stage: Stage, ask: Ask) -> str:
    """Three friends are named to the one who wears the glasses; everybody else is wiped."""
    permit = _self_signed(stage, ask, Scope(sites=frozenset({OUT_AND_ABOUT})))
    for person in ("A", "B", "C"):
        stage.enroll(person, permit, ground=f"release of Person {person}", source="own_enrollment")
    seen = Circumstances(site=OUT_AND_ABOUT, sample=SampleKind.PHOTOGRAPH)
    walk = shoot(stage, "DBD", number=2, worn=True)
    watched = watch(stage, walk, permit, circumstances=seen, live=True)
    named = [subject for answer in watched.answers for subject in answer.subjects]
    stage.must(named == ["person-b"], "The glasses did not name the one friend, once.")
    (friend,) = watched.answers
    stage.keep_receipt(friend, "a friend was named")
    stage.tell(
        "good",
        "named",
        "Person B comes towards the glasses: one who agreed is named to the one who wears them",
        f"at a {friend.error_rate}",
        "self-attested: nobody but the wearer approved this permit, and every answer says so",
        entry=friend.entry,
    )
    strangers = [each for each in watched.seen if each.outcome == "no_candidate"]
    stage.must(bool(strangers), "Nobody else was seen.")
    stage.keep_receipt(watched.end, "the end of the walk")
    stage.tell(
        "good",
        "no candidate",
        "Person D walks by, before and after, and is nobody's business: no name, no picture, no "
        "template stays, and the ledger counts faces without telling them apart",
        entry=watched.end.entry,
    )
    march = announce_assembly(
        stage.workspace,
        site=OUT_AND_ABOUT,
        begins=stage.clock(),
        ends=at(11),
        reason="the wearer goes to a demonstration",
        by=stage.operator,
    )
    stage.refused(
        f"at a demonstration, until {march.ends:%H:%M}",
        lambda: watch(stage, walk, permit, circumstances=seen, live=True),
        "HR-04",
    )
    return "A friend who agreed was named, a stranger left no trace, and a demonstration closed it."


def own_front_door(stage: Stage, ask: Ask) -> str:
    """The household's own door; whoever is not of the list is wiped."""
    permit = _self_signed(stage, ask, Scope(sites=frozenset({HOME})), attested=False)
    at_the_door = Circumstances(site=HOME, sample=SampleKind.PHOTOGRAPH)
    stage.attest(permit, "no_sharing", ATTESTED_WORDS["no_sharing"])
    stage.refused(
        "the camera is used before anybody checked what it sees",
        lambda: stage.search(stage.person("A", 2), permit, circumstances=at_the_door),
        "PR-11",
    )
    stage.attest_all(permit)
    for person in ("A", "B"):
        stage.enroll(person, permit, ground=f"release of Person {person}", source="own_enrollment")
    camera = shoot(stage, "CA", number=2)
    watched = watch(stage, camera, permit, circumstances=at_the_door, live=True)
    stage.must(
        [answer.subjects for answer in watched.answers] == [("person-a",)],
        "The door did not name the one who lives there, once.",
    )
    (family,) = watched.answers
    stage.keep_receipt(family, "somebody of the household")
    stage.tell(
        "good", "named", "Person A comes home", f"at a {family.error_rate}", entry=family.entry
    )
    stage.keep_receipt(watched.end, "the end of the watch")
    stage.tell(
        "good",
        "no candidate",
        "Person C brings a parcel: no name, no picture, no template stays",
        entry=watched.end.entry,
    )
    erased = stage.workspace.desk.erase(
        stage.operator.principal, "person-b", reason="moved away and asked for it"
    )
    stage.expect(erased, "erased")
    gone = stage.search(stage.person("B", 2), permit, circumstances=at_the_door)
    stage.expect(gone, "no_candidate")
    stage.tell(
        "good",
        "erased",
        "Person B moves away and is forgotten: the door knows them no more",
        entry=erased.entry,
    )
    return (
        "Somebody of the household was named, a visitor left no trace, one who left is forgotten."
    )


def _self_signed(stage: Stage, ask: Ask, scope: Scope, *, attested: bool = True) -> Permit:
    permit = stage.permit_as_measured(ask, scope)
    stage.tell(
        "good",
        "permitted",
        f"permit {permit.permit_id}, class {permit.permit_class.value.replace('_', ' ')}: proposed "
        "by one key, signed by another",
    )
    stage.open_gallery(permit)
    if attested:
        stage.attest_all(permit)
    return permit
