"""The run itself: every step through the same desk that every other command uses."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.cli.demo.story import Picture, Step
from recognizance.cli.ledger import finding_words
from recognizance.errors import RecognizanceError, RefusedError
from recognizance.gate.bundle import rules_root
from recognizance.gate.cards import Effect
from recognizance.gate.cases import run_cases
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.ledger import LogName
from recognizance.ledger.verify import verify_ledger
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.oversight import attest_open
from recognizance.types import Operation, utc_text
from recognizance.uses import Enrollment, Request
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.cli.demo.photographs import Cast, Photograph
    from recognizance.gate.cases import CaseResult
    from recognizance.settings import Settings
    from recognizance.uses import Answer

GALLERY = "demo"
OUTCOME_MARK = {
    "refuse": "stop",
    "incomplete": "held",
    "permit_with_conditions": "good",
    "permit": "good",
}


DECIDING = {
    "refuse": Effect.FORBID,
    "incomplete": Effect.REQUIRE,
    "permit_with_conditions": Effect.CONDITION,
    "permit": Effect.CONDITION,
}


@dataclass(slots=True)
class Play:
    """The steps as they happen."""

    tell: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)
    summary: list[tuple[str, str]] = field(default_factory=list)

    def done(self, step: Step) -> None:
        """Keep a step, and tell it."""
        self.steps.append(step)
        self.tell(step)


def play(settings: Settings, cast: Cast, *, tell: Callable[[Step], None]) -> Play:
    """Run the whole demo in a new workspace.

    Raises:
        RecognizanceError: A step did not come out as it must; the demo does not go on.
    """
    run = Play(tell)
    with Workspace.create(settings) as workspace:
        _workspace(run, workspace)
        decided = _cases(run)
        permit_id = _permit(run, workspace, cast)
        _enroll(run, workspace, cast, permit_id)
        _verify(run, workspace, cast, permit_id)
        held = _search(run, workspace, cast, permit_id)
        refused = _refusals(run, workspace, cast, permit_id)
        _erase(run, workspace, cast, permit_id)
        entries = _ledger(run, workspace)
    run.summary = [
        (str(decided), "story cases decided, each as the rules say"),
        (str(len(cast.enrolled)), "people enrolled, one of them erased again"),
        (str(held), "candidate held for human review"),
        (str(refused), "searches refused, each with its rule"),
        (str(entries), "ledger entries verified; damage to a copy found"),
    ]
    return run


def _workspace(run: Play, workspace: Workspace) -> None:
    step = Step(
        "A workspace",
        "A folder of data, and keys apart from it. Who proposes a use does not sign it.",
    )
    step.tell("good", "created", f"workspace {workspace.workspace_id}")
    for each in sorted(workspace.registry.principals.values(), key=lambda p: p.name):
        step.tell("plain", each.name, ", ".join(sorted(r.replace("_", " ") for r in each.roles)))
    run.done(step)


def _cases(run: Play) -> int:
    step = Step(
        "The gate decides the story's cases",
        "Requests as they are really made. The same rules decide every use below.",
    )
    results = [row for row in run_cases(rules_root() / "cases") if row.story]
    results.sort(key=lambda row: list(OUTCOME_MARK).index(row.outcome))
    for row in results:
        step.tell(
            OUTCOME_MARK.get(row.outcome, "stop"),
            row.outcome.replace("_", " "),
            f"{row.title} ({', '.join(row.expected_rules)})",
            *_why(row),
        )
    run.done(step)
    _must(all(row.ok for row in results), "A story case did not come out as it must.")
    return len(results)


def _why(row: CaseResult) -> list[str]:
    """For each rule that the case is known for: what it says here, and where it comes from."""
    said: dict[str, list[str]] = {}
    sources: dict[str, str] = {}
    for fired in row.fired:
        if fired.rule_id in row.expected_rules and fired.effect is DECIDING[row.outcome]:
            said.setdefault(fired.rule_id, []).append(fired.reason)
            sources[fired.rule_id] = fired.source
    return [f"{rule}: {' '.join(said[rule])} Source: {sources[rule]}." for rule in said]


def _permit(run: Play, workspace: Workspace, cast: Cast) -> str:
    step = Step(
        "A permit of class trial",
        "Bound to the digests of these photographs, for 24 hours. No action may follow, it is "
        "evidence of nothing, and nobody but the operator approved it.",
    )
    step.pictures = [
        Picture(_face(workspace, photo), photo.person, photo.credit) for photo in cast.all
    ]
    permit_id = _trial(workspace, cast, lasts=None)
    permit = workspace.shelf.find(permit_id)
    words = "This is a demonstration with published portraits."
    attest_open(workspace, permit, statement=words, by=workspace.acting("officer"))
    step.tell("good", "signed", f"permit {permit_id}, by one who did not propose it")
    step.tell("plain", "bound to", f"{len(permit.sample_digests)} photographs, by SHA-256")
    for photo in cast.all:
        step.tell("plain", "photograph of", f"{photo.person}: {photo.credit}")
    step.tell("plain", "expires", utc_text(permit.expires_at))
    threshold = workspace.threshold(permit)
    one_in = round(1e9 / threshold.target_ppb)
    step.tell(
        "plain",
        "error rate",
        f"false match rate at most 1 in {one_in:,} in the worst measured group",
        f"set by {threshold.worst.group}, of {len(threshold.basis)} groups that were measured",
    )
    run.done(step)
    return permit_id


def _trial(workspace: Workspace, cast: Cast, *, lasts: timedelta | None) -> str:
    proposal = Proposal(
        submission=parse_submission(template("trial").encode()),
        gallery_ids=frozenset({GALLERY}),
        photographs=tuple(photo.data for photo in cast.all),
        lasts=lasts,
    )
    issued = propose(
        workspace,
        proposal,
        proposer=workspace.acting("operator"),
        officers=[workspace.acting("officer")],
    )
    if issued.permit is None:
        raise RefusedError(
            "The gate did not permit the trial.",
            hint="See `recognizance gate check` on the template `recognizance gate new trial`.",
            rules=tuple(fired.rule_id for fired in issued.decision.fired),
        )
    return issued.permit.permit_id


def _enroll(run: Play, workspace: Workspace, cast: Cast, permit_id: str) -> None:
    step = Step("Two people are enrolled", "Each with where the photograph is from and why.")
    permit = workspace.shelf.find(permit_id)
    workspace.gallery.create_gallery(
        GALLERY, permit_id=permit_id, purpose=permit.purpose, created_at=workspace.clock()
    )
    for number, (photo, _) in enumerate(cast.enrolled, start=1):
        answer = workspace.desk.enroll(
            _request(workspace, Operation.ENROLL, photo, permit_id),
            Enrollment(f"person-{number}", "own_enrollment", "demonstration, published portrait"),
        )
        _must(answer.outcome == "enrolled", "An enrollment did not come out as it must.")
        step.tell(
            "good", "enrolled", f"{photo.person} as person-{number}", f"recorded as {answer.entry}"
        )
    run.done(step)


def _verify(run: Play, workspace: Workspace, cast: Cast, permit_id: str) -> None:
    step = Step("One photograph, one claim", "Is this the person it claims to be?")
    trials = (
        ("match", cast.enrolled[0][1], "a mated pair: another photograph of the same person"),
        ("non_match", cast.strangers[0], "a non-mated pair: somebody else makes the claim"),
    )
    for expected, photo, words in trials:
        request = _request(workspace, Operation.VERIFY, photo, permit_id)
        answer = workspace.desk.verify(request, "person-1")
        _must(answer.outcome == expected, f"The pair gave {answer.outcome}, not {expected}.")
        about = f"{photo.person} claims to be {cast.enrolled[0][0].person}"
        step.tell("good", answer.outcome.replace("_", " "), about, words, *_facts(answer))
    run.done(step)


def _search(run: Play, workspace: Workspace, cast: Cast, permit_id: str) -> int:
    step = Step(
        "One photograph, everybody in the gallery",
        "A candidate is a lead, not a name: it waits until people have looked.",
    )
    for photo in cast.strangers:
        answer = workspace.desk.search(_request(workspace, Operation.SEARCH, photo, permit_id))
        _must(answer.outcome == "no_candidate", "A person who is not enrolled gave a candidate.")
        step.tell("good", "no candidate", f"{photo.person}, who is not enrolled", *_facts(answer))
    photo = cast.enrolled[1][1]
    answer = workspace.desk.search(_request(workspace, Operation.SEARCH, photo, permit_id))
    _must(answer.outcome == "held_for_review", "A person who is enrolled gave no lead.")
    step.tell("held", "held for review", f"{photo.person}: lead {answer.lead_id}", *_facts(answer))
    run.done(step)
    return 1


def _refusals(run: Play, workspace: Workspace, cast: Cast, permit_id: str) -> int:
    step = Step("The same search, where it is not allowed", "Refused each time, and recorded.")
    photo = cast.enrolled[1][1]
    expired = _trial(workspace, cast, lasts=timedelta(milliseconds=200))
    time.sleep(0.3)
    trials = (
        ("without a permit", None, None),
        ("with a permit that has expired", expired, None),
        ("for a purpose the permit does not name", permit_id, "suspect_search"),
    )
    for words, permit, purpose in trials:
        request = _request(workspace, Operation.SEARCH, photo, permit, purpose=purpose)
        try:
            workspace.desk.search(request)
        except RefusedError as error:
            rules = ", ".join(error.rules)
            step.tell(
                "stop", "refused", words, f"{rules}: {error.message}", f"recorded as {error.entry}"
            )
        else:
            _must(False, f"A search {words} was not refused.")
    run.done(step)
    return len(trials)


def _erase(run: Play, workspace: Workspace, cast: Cast, permit_id: str) -> None:
    step = Step(
        "One person is erased", "Key, reference, picture and lead; no permit is needed for it."
    )
    person = cast.enrolled[1]
    answer = workspace.desk.erase(
        workspace.acting("operator").principal, "person-2", reason="asked to be erased"
    )
    step.tell("good", "erased", f"{person[0].person}, person-2", f"recorded as {answer.entry}")
    answer = workspace.desk.search(_request(workspace, Operation.SEARCH, person[1], permit_id))
    _must(answer.outcome == "no_candidate", "An erased person was found.")
    step.tell("good", "no candidate", "the search that found them, once more", *_facts(answer))
    run.done(step)


def _ledger(run: Play, workspace: Workspace) -> int:
    step = Step("The ledger proves it", "Every hash is recomputed, every signature checked.")
    vkeys = [workspace.ledger.vkey(log) for log in LogName]
    report = verify_ledger(workspace.layout.ledger, vkeys, workspace.layout.pin)
    _must(report.ok, "The ledger does not verify.")
    for log in report.logs:
        step.tell("good", "whole", f"{log.log}: {log.size} entries, root {log.root}")
    copy = workspace.layout.home.parent / "damaged-ledger.db"
    _damage_a_copy(workspace.layout.ledger, copy)
    damaged = verify_ledger(copy, vkeys)
    _must(not damaged.ok, "Damage to a copy of the ledger was not found.")
    for finding in damaged.findings[:3]:
        step.tell("stop", "damage found", f"one word of a copy changed: {finding_words(finding)}")
    run.done(step)
    return sum(log.size for log in report.logs)


def _damage_a_copy(ledger: Path, copy: Path) -> None:
    """Change one word of one entry in a copy, as somebody would who wants a refusal unsaid."""
    copy.unlink(missing_ok=True)
    with sqlite3.connect(ledger) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    target.close()
    source.close()
    data = copy.read_bytes()
    copy.write_bytes(data.replace(b'"outcome":"refused"', b'"outcome":"erased_"', 1))


def _request(
    workspace: Workspace,
    operation: Operation,
    photo: Photograph,
    permit_id: str | None,
    *,
    purpose: str | None = None,
) -> Request:
    return Request(
        principal=workspace.acting("operator").principal,
        operation=operation,
        permit_id=permit_id,
        photographs=(photo.data,),
        gallery_id=GALLERY,
        purpose=purpose,
    )


def _facts(answer: Answer) -> list[str]:
    facts = [f"at a {answer.error_rate}"] if answer.error_rate else []
    if answer.band:
        facts.append(answer.band)
    return [*facts, f"recorded as {answer.entry}"]


def _face(workspace: Workspace, photo: Photograph) -> bytes:
    frame = workspace.engine.decode(photo.data)
    return workspace.engine.picture(frame, workspace.engine.detect(frame)[0])


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RecognizanceError(
            otherwise, hint="The demo is a check too: please report it with the photographs' names."
        )
