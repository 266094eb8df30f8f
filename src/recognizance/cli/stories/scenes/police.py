"""Police: what measured figures refuse, and what the conditions would do, as a trial."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.canonical import parse_json
from recognizance.cli.demo.story import Picture
from recognizance.cli.stories.filmed import WALK_S, shoot, still_of, watch
from recognizance.cli.stories.scenery import GALLERY, at, clock_words, subject_of
from recognizance.cli.stories.scenes.common import case_name, confirm, in_earnest, lead_of, people
from recognizance.gate.scope import Circumstances, SampleKind, Scope, Window
from recognizance.ledger import LogName
from recognizance.permits.oversight import announce_assembly, record_order

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.cli.stories.filmed import Watched
    from recognizance.cli.stories.stage import Stage
    from recognizance.cli.stories.story import Ask
    from recognizance.gate.permit import Permit

CASE_ID = "case-2026-117"
EVIDENCE_ID = "evidence-2026-117-3"
STREET = "street-1"


def named_person_in_footage(stage: Stage, ask: Ask) -> str:
    """One named person is looked for in one clip of one incident; nobody acts on a lead alone."""
    in_earnest(stage, ask)
    target = subject_of("A")
    scope = Scope(targets=frozenset({target}), cases=frozenset({CASE_ID}))
    footage = shoot(stage, "CA", number=2)
    permit = stage.rehearse(case_name(ask), scope, footage=(footage.digest,))
    stage.open_gallery(permit)
    stage.attest_all(permit)
    stage.enroll("A", permit, ground="warrant 88/2026", source="custody", case_id=CASE_ID)
    stage.refused(
        "Person B is to be listed as well, though the warrant does not name them",
        lambda: stage.enroll(
            "B", permit, ground="might be useful", source="custody", case_id=CASE_ID
        ),
        "HR-06b",
    )
    filmed = _filmed(at(8))
    stage.refused(
        "the footage is watched without saying for which case",
        lambda: watch(stage, footage, permit, circumstances=filmed),
        "LE-07",
    )
    stage.refused(
        "footage from a minute ago is watched, which would be live",
        lambda: watch(stage, footage, permit, case_id=CASE_ID, circumstances=_filmed(at(8, 59))),
        "HR-08",
    )
    other = shoot(stage, "DCB")
    stage.refused(
        "footage of another day is watched as well, to which the trial is not bound",
        lambda: watch(stage, other, permit, case_id=CASE_ID, circumstances=filmed),
    )
    watched = watch(stage, footage, permit, case_id=CASE_ID, circumstances=filmed)
    stage.must(
        any(each.outcome == "no_candidate" for each in watched.seen), "Nobody else was seen."
    )
    (held,) = watched.answers
    stage.expect(held, "held_for_review")
    lead = lead_of(stage, held)
    stage.keep_receipt(held, "the lead of the watch")
    stage.tell("held", "held for review", f"the clip shows Person A: lead {lead}", entry=held.entry)
    stage.tell(
        "good",
        "no candidate",
        "it also shows Person C, who happened to be there",
        "their features are wiped; nothing says who they are, or that it was they",
        entry=watched.end.entry,
    )
    confirmed = confirm(stage, lead)
    operator = stage.operator.principal
    stage.refused(
        "the lead is handed to the prosecutor with nothing beside it",
        lambda: stage.workspace.desk.export(operator, lead),
        "HR-14",
    )
    exported = stage.workspace.desk.export(operator, lead, EVIDENCE_ID)
    bundle = parse_json(exported.document)
    stage.must(isinstance(bundle, dict) and "receipt" in bundle, "The bundle has no receipt.")
    stage.keep_receipt(exported.answer, "the bundle that left")
    stage.tell(
        "good",
        "exported",
        f"with independent evidence, {EVIDENCE_ID}: a disclosure bundle of "
        f"{len(exported.document):,} bytes for the defence as for the prosecution",
        "system, gallery, error rate, all candidates, all reviewers, and its own receipt",
        entry=exported.answer.entry,
    )
    return (
        f"As a trial: Person A was found, "
        f"{people(confirmed)} confirmed it, and nothing left without independent evidence."
    )


def footage_handed_out(stage: Stage, _ask: Ask) -> str:
    """Somebody asks for the footage: everybody is hidden, and the written file is searched."""
    from recognizance.redacting import Asked, redact_file

    footage = shoot(stage, "CAB", worn=True)
    output = footage.path.with_name("handed-out.mkv")
    done = redact_file(
        footage.path, output, Asked(), engine=stage.stills(), workspace=stage.workspace
    )
    stage.must(not done.visible, f"In the footage can still be seen: {done.visible}.")
    stage.must(done.hidden == len("CAB"), f"Of three people {done.hidden} were hidden.")
    stage.pictures.append(
        Picture(
            still_of(stage, output, WALK_S / 2),
            "One picture of the footage as it is handed out",
            "a film made of the portraits above",
        )
    )
    stage.tell(
        "good",
        "clean",
        f"{done.hidden} people walk past the body camera, and all of them are hidden: that is what "
        "happens unless somebody chooses otherwise, with a reason",
        "the written file was searched again at other sizes: nobody can be seen",
        entry=str(done.record["entry"]),
    )
    return "No permit was needed: nobody is identified. Everybody who was filmed is hidden."


def arrestee_without_a_name(stage: Stage, ask: Ask) -> str:
    """One search about one person; a reviewer who cannot say ends it, and nobody is named."""
    in_earnest(stage, ask)
    permit = stage.rehearse(case_name(ask), Scope(cases=frozenset({CASE_ID})))
    stage.open_gallery(permit)
    stage.attest_all(permit)
    for person in ("A", "B"):
        stage.enroll(
            person,
            permit,
            ground=f"conviction {person}-2024",
            source="custody",
            case_id=CASE_ID,
        )
    kiosk = _filmed(at(8))
    sketch = Circumstances(captured_at=at(8), sample=SampleKind.SKETCH)
    stage.refused(
        "a drawing of the face is searched",
        lambda: stage.search(stage.person("B", 2), permit, case_id=CASE_ID, circumstances=sketch),
        "EV-08",
    )
    record_order(
        stage.workspace,
        permit.permit_id,
        order_id="order-2026-4711",
        granted=True,
        document=b"The search for the name of the person held since 21 November is authorised.",
        by=stage.officer,
    )
    stage.tell(
        "good",
        "order recorded",
        "order-2026-4711 is granted; without it everything would be wiped after 48 hours",
        entry=stage.last_entry(LogName.DECISIONS),
    )
    held = stage.search(stage.person("B", 2), permit, case_id=CASE_ID, circumstances=kiosk)
    stage.expect(held, "held_for_review")
    lead = lead_of(stage, held)
    stage.keep_receipt(held, "the search")
    stage.tell("held", "held for review", f"the arrestee's picture: lead {lead}", entry=held.entry)
    stage.train("operator")
    stage.refused(
        "the one who searched also reviews",
        lambda: stage.workspace.desk.decide(
            stage.operator.principal, lead, "same_person", reason="looks like it", candidate=1
        ),
        outcome="not heard",
    )
    first = stage.review("reviewer-1", lead, "same_person", reason="same line of the jaw")
    stage.must(not first.subjects, "Somebody was named before both had looked.")
    stage.tell("plain", "one says yes", "reviewer-1 says it is the same person", entry=first.entry)
    said = stage.review("reviewer-2", lead, "cannot_say", reason="the light is from the side")
    stage.expect(said, "undetermined")
    stage.must(not said.subjects, "An undetermined lead named somebody.")
    stage.tell(
        "held",
        "undetermined",
        "reviewer-2 cannot say, and was told nothing of the other; doubt never becomes a match",
        entry=said.entry,
    )
    return (
        "As a trial: a lead was held, one of two reviewers could not "
        "say, and the arrestee was not named."
    )


def missing_adult(stage: Stage, ask: Ask) -> str:
    """One street, six hours, one person; then the list is gone."""
    in_earnest(stage, ask)
    target = subject_of("A")
    window = Window(at(12), at(18))
    films = {who: shoot(stage, who, number=2) for who in ("A", "C")}
    permit = stage.rehearse(
        case_name(ask),
        Scope(sites=frozenset({STREET}), windows=(window,), targets=frozenset({target})),
        footage=tuple(film.digest for film in films.values()),
    )
    stage.open_gallery(permit)
    stage.attest_all(permit)
    stage.enroll("A", permit, ground="order of the judge, 22 November", source="family")
    _outside_the_fences(stage, permit)
    stage.clock.set(at(13, 10))
    passer_by = _seen(stage, permit, "C")
    stage.must(bool(passer_by.seen) and not passer_by.answers, "Person C gave a lead.")
    stage.tell(
        "good",
        "no candidate",
        f"{clock_words(stage.clock())}: Person C walks by and is not who is sought",
        "their features are wiped within a second",
        entry=passer_by.end.entry,
    )
    stage.clock.set(at(14, 5))
    (held,) = _seen(stage, permit, "A").answers
    stage.expect(held, "held_for_review")
    lead = lead_of(stage, held)
    stage.keep_receipt(held, "the search that found the missing person")
    stage.tell(
        "held", "held for review", f"{clock_words(stage.clock())}: lead {lead}", entry=held.entry
    )
    confirmed = confirm(stage, lead)
    stage.attest(permit, "notify_authorities", "both authorities were told of every use so far")
    stage.clock.set(at(18, 1))
    stage.refused(
        "18:01, one minute after the order's hours",
        lambda: _seen(stage, permit, "A"),
        "LE-06",
    )
    stage.workspace.run_duties()
    left = len(stage.workspace.gallery.subjects(GALLERY))
    stage.must(left == 0, f"{left} people are still on the list.")
    stage.tell(
        "good",
        "list destroyed",
        "the hours are over, so the program destroyed the list by itself: nobody is on it",
        entry=stage.last_entry(LogName.USES),
    )
    stage.clock.set(at(23))
    stage.workspace.run_duties()
    published = stage.workspace.registry.standing.published(permit.permit_id)
    stage.must(published is not None, "The use was not published after its hours.")
    stage.tell(
        "good",
        "published",
        "what was kept from whoever held the missing person is public now: that there was a search",
        entry=stage.last_entry(LogName.DECISIONS),
    )
    return (
        "As a trial: found in the street and the hour of the order, "
        f"confirmed by {people(confirmed)}; the list was destroyed at its end."
    )


def _filmed(moment: datetime) -> Circumstances:
    return Circumstances(captured_at=moment, sample=SampleKind.PHOTOGRAPH)


def _outside_the_fences(stage: Stage, permit: Permit) -> None:
    stage.clock.set(at(11, 59))
    stage.refused(
        "11:59, one minute before the order's hours", lambda: _seen(stage, permit, "A"), "LE-06"
    )
    stage.clock.set(at(12, 30))
    stage.refused(
        "12:30, in the next street",
        lambda: _seen(stage, permit, "A", site="street-2"),
        "LE-06",
    )
    march = announce_assembly(
        stage.workspace,
        site=STREET,
        begins=at(12, 30),
        ends=at(13),
        reason="a march that was announced to the city",
        by=stage.officer,
    )
    stage.clock.set(at(12, 31))
    stage.refused(
        f"12:31, while a march passes until {clock_words(march.ends)}",
        lambda: _seen(stage, permit, "A"),
        "HR-04",
    )


def _seen(stage: Stage, permit: Permit, person: str, *, site: str = STREET) -> Watched:
    """One person walks past the camera of a street, and has just passed."""
    began = stage.clock() - timedelta(seconds=WALK_S)
    circumstances = Circumstances(site=site, captured_at=began, sample=SampleKind.PHOTOGRAPH)
    return watch(stage, shoot(stage, person, number=2), permit, circumstances=circumstances)
