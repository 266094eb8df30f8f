"""The stage: one scene's workspace, people, clock and photographs, and what the scene tells.

Everything on it is real but the clock: the gate, the permits, the models, the ledger. The clock is
told the time, so that thirty days of rest or the end of an hour can pass in a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.authority.folder import create_authority
from recognizance.cli.stories.deciding import case_of, submission_as
from recognizance.cli.stories.scenery import (
    ATTESTED_WORDS,
    GALLERY,
    LONGER_THAN_A_DAY,
    REVIEWERS,
    TRIAL,
    Photographs,
    StageClock,
    subject_of,
)
from recognizance.cli.stories.telling import Telling
from recognizance.cli.stories.told import REHEARSED
from recognizance.conditions import open_duties
from recognizance.gate.decide import decide
from recognizance.gate.narrowing import comparable
from recognizance.gate.scope import NOTHING_STATED, Scope
from recognizance.ledger import LogName
from recognizance.permits.decided import conditions_of
from recognizance.permits.exchange import accept_answer, request_permit
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.oversight import attest, record_training
from recognizance.principals import make_principal
from recognizance.review import LEAST_VIEWING
from recognizance.types import Operation, Role, utc_text
from recognizance.uses import Enrollment, Request
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.authority.answering import Authority
    from recognizance.cli.demo.photographs import Cast
    from recognizance.cli.stories.story import Ask, Measured
    from recognizance.engine import Engine
    from recognizance.gate.permit import Condition, Permit
    from recognizance.gate.scope import Circumstances
    from recognizance.gate.submission import Submission
    from recognizance.settings import Settings
    from recognizance.uses import Answer
    from recognizance.workspace import Actor

NO_SCOPE = Scope()
"""Nothing is fenced."""


@dataclass(slots=True, kw_only=True)
class Stage(Telling):
    """Where one scene plays.

    Attributes:
        clock: The clock of the workspace and of the authority.
        photographs: What plays the parts; None where nothing needs the models.
        authority: On a machine of its own.
        engine: The models; None where nothing needs them.
    """

    clock: StageClock
    photographs: Photographs | None
    authority: Authority
    engine: Engine | None

    @classmethod
    def set_up(
        cls, folder: Path, settings: Settings, cast: Cast | None, engine: Engine | None
    ) -> Stage:
        """A new workspace and an authority beside it, each with folders of its own.

        Args:
            folder: An empty folder.
            settings: Where models are cached, and what runs them.
            cast: Who plays; None where nothing needs the models.
            engine: The models, loaded once for all scenes.
        """
        clock = StageClock()
        own = settings.model_copy(
            update={
                "home": folder / "operator",
                "key_folder": folder / "operator-keys",
                "key_file": None,
                "passphrase_file": None,
                "principal": "operator",
            }
        )
        theirs = own.model_copy(update={"key_folder": folder / "authority-keys"})
        authority = create_authority(
            folder / "authority", theirs, name="The authority", clock=clock
        )
        workspace = Workspace.create(own, authority=authority.public_key, clock=clock)
        if engine is not None:
            workspace.evidence.require_model(engine.model_id, engine.cohort_id)
            workspace.engine = engine  # loading the models once is enough for all scenes
        stage = cls(
            workspace=workspace,
            clock=clock,
            photographs=None if cast is None else Photographs(cast),
            authority=authority,
            engine=engine,
        )
        stage._hire()
        return stage

    def close(self) -> None:
        """Close what is open."""
        self.workspace.close()
        self.authority.ledger.close()

    # ---- people ---------------------------------------------------------------------------

    @property
    def operator(self) -> Actor:
        """Who proposes and searches."""
        return self.workspace.acting("operator")

    @property
    def officer(self) -> Actor:
        """Who signs, and attests duties."""
        return self.workspace.acting("officer")

    def person(self, name: str, number: int = 1) -> bytes:
        """A picture of one of the people A to D."""
        if self.photographs is None:
            raise self.otherwise("The scene has no photographs.")
        return self.photographs.of(name, number)

    def every_photograph(self) -> tuple[bytes, ...]:
        """All pictures, as the bytes of their files."""
        return self.photographs.all if self.photographs else ()

    def stills(self) -> Engine:
        """What finds faces in stills and writes pictures."""
        if self.engine is None:
            raise self.otherwise("The scene has no models.")
        return self.engine

    def _hire(self) -> None:
        workspace = self.workspace
        for name in REVIEWERS:
            reviewer = make_principal(workspace.layout, name, frozenset({Role.REVIEWER}))
            workspace.registry.add_principal(reviewer, by=None, now=workspace.clock())
            self.train(name)

    def train(self, name: str) -> None:
        """Record that somebody was trained today; a reviewer who was not is not heard."""
        today = self.clock().date()
        record_training(self.workspace, name, on=today, course="comparing faces", by=self.operator)

    # ---- permits --------------------------------------------------------------------------

    def ask_in_earnest(self, case: str, measured: Measured) -> None:
        """Propose a use with measured figures, where the book says that the gate does not give it.

        Raises:
            RecognizanceError: The gate answered otherwise.
        """
        submission = submission_as(case_of(case), {"class": measured.permit_class})
        issued = propose(
            self.workspace,
            Proposal(
                submission,
                target=(measured.rate, measured.target_ppb),
                gallery_ids=frozenset({GALLERY}),
                gallery_size=measured.gallery_size,
            ),
            proposer=self.operator,
            officers=[self.officer],
        )
        decision = issued.decision
        self.must(
            issued.permit is None and decision.outcome is measured.outcome,
            f"In earnest the gate answered {decision.outcome.value}.",
        )
        rules = ", ".join(dict.fromkeys(fired.rule_id for fired in decision.deciding))
        self.tell(
            "stop" if measured.outcome.value == "refuse" else "held",
            "refused" if measured.outcome.value == "refuse" else "incomplete",
            "asked for in earnest, with the figures that were measured",
            f"by {rules}",
            entry=self.last_entry(LogName.DECISIONS),
        )

    def rehearse(
        self, case: str, scope: Scope = NO_SCOPE, *, footage: tuple[str, ...] = ()
    ) -> Permit:
        """A trial of the same submission: these photographs, one day, no action, no evidence.

        `footage` are the digests of the clips that may be watched under it.

        Beside its own conditions it carries those of the permit that it rehearses, which only
        makes it narrower: two reviewers stay two reviewers.
        """
        submission, photographs = submission_as(case_of(case), TRIAL), self.every_photograph()
        own = {comparable(each) for each in self._conditions(submission)}
        wanted = self._conditions(submission_as(case_of(case), {}))
        carried = tuple(
            each
            for each in wanted
            if comparable(each) not in own and each.hook not in LONGER_THAN_A_DAY
        )
        left_out = sorted({each.hook for each in wanted} & LONGER_THAN_A_DAY)
        permit = self.permit(
            Proposal(
                submission,
                gallery_ids=frozenset({GALLERY}),
                photographs=photographs,
                footage=footage,
                scope=scope,
                carried=carried,
            )
        )
        hooks = dict.fromkeys(each.hook.replace("_", " ") for each in permit.conditions)
        self.tell(
            "plain",
            REHEARSED,
            f"permit {permit.permit_id}: for these {len(photographs)} photographs"
            + (f", {len(footage)} clip{'s' if len(footage) > 1 else ''}" if footage else "")
            + " and one day, under the conditions that the permit in earnest would carry",
            ", ".join(hooks),
            *(
                f"left out, for it is longer than a trial: {each.replace('_', ' ')}"
                for each in left_out
            ),
        )
        return permit

    def _conditions(self, submission: Submission) -> tuple[Condition, ...]:
        bundle, day = self.workspace.bundle, self.clock().date()
        return conditions_of(decide(bundle, submission, at=day))

    def permit(self, proposal: Proposal) -> Permit:
        """Put a proposal to the gate, have it signed and, where its class asks, countersigned.

        Raises:
            RecognizanceError: The gate or the authority did not give it.
        """
        officers = [self.officer]
        issued = propose(self.workspace, proposal, proposer=self.operator, officers=officers)
        if issued.permit is None:
            rules = ", ".join(fired.rule_id for fired in issued.decision.deciding)
            raise self.otherwise(f"The gate gave no permit: {rules}.")
        return issued.permit if issued.in_force else self._countersigned(issued.permit, officers)

    def permit_as_measured(self, ask: Ask, scope: Scope = NO_SCOPE) -> Permit:
        """The permit of a request that the measured figures allow, at the book's error rate.

        Raises:
            RecognizanceError: The book names none, or the gate or the authority did not give it.
        """
        measured = ask.measured
        if measured is None or ask.case is None:
            raise self.otherwise("The book names no case or no error rate for this scene.")
        return self.permit(
            Proposal(
                submission_as(case_of(ask.case), {"class": measured.permit_class}),
                target=(measured.rate, measured.target_ppb),
                gallery_ids=frozenset({GALLERY}),
                gallery_size=measured.gallery_size,
                scope=scope,
            )
        )

    def _countersigned(self, permit: Permit, officers: list[Actor]) -> Permit:
        """Ask the authority, on the other machine, and put its answer into force here."""
        request = request_permit(self.workspace, permit, proposer=self.operator, officers=officers)
        answered = self.authority.countersign(request)
        accept_answer(self.workspace, answered.letter, by=self.operator)
        self.tell(
            "good",
            "countersigned",
            "by the authority, on its own machine and by its own rules: answer "
            f"{answered.answer.number} in its book",
            f"permit {permit.permit_id} comes into force here, until "
            f"{utc_text(permit.expires_at)[:10]}",
            entry=self.last_entry(LogName.DECISIONS),
        )
        return self.workspace.shelf.find(permit.permit_id)

    def open_gallery(self, permit: Permit) -> None:
        """The gallery of a permit, empty."""
        self.workspace.gallery.create_gallery(
            GALLERY,
            permit_id=permit.permit_id,
            purpose=permit.purpose,
            created_at=self.clock(),
        )

    def attest_all(self, permit: Permit) -> None:
        """Have an officer state every duty that the permit still waits for."""
        for hook in open_duties(permit, self.workspace.registry.standing):
            words = ATTESTED_WORDS[hook].format(permit=permit.permit_id)
            self.attest(permit, hook, words)

    def attest(self, permit: Permit, hook: str, words: str) -> None:
        """Have an officer state one duty."""
        attest(self.workspace, permit.permit_id, hook, statement=words, by=self.officer)
        self.tell(
            "plain",
            "attested",
            words,
            f"{hook.replace('_', ' ')}, stated by the signing officer",
            entry=self.last_entry(LogName.DECISIONS),
        )

    # ---- uses -----------------------------------------------------------------------------

    def request(
        self,
        operation: Operation,
        photograph: bytes,
        permit: Permit,
        *,
        case_id: str | None = None,
        circumstances: Circumstances = NOTHING_STATED,
    ) -> Request:
        """A request by the operator, under a permit, in the scene's gallery."""
        return Request(
            principal=self.operator.principal,
            operation=operation,
            permit_id=permit.permit_id,
            photographs=(photograph,),
            gallery_id=GALLERY,
            case_id=case_id,
            circumstances=circumstances,
        )

    def enroll(
        self, person: str, permit: Permit, *, ground: str, source: str, case_id: str | None = None
    ) -> Answer:
        """Put the first picture of a person into the gallery."""
        answer = self.workspace.desk.enroll(
            self.request(Operation.ENROLL, self.person(person), permit, case_id=case_id),
            Enrollment(subject_of(person), source, ground, minor=False),
        )
        self.expect(answer, "enrolled")
        self.tell(
            "plain", "enrolled", f"Person {person}, with a ground: {ground}", entry=answer.entry
        )
        return answer

    def search(
        self,
        photograph: bytes,
        permit: Permit,
        *,
        case_id: str | None = None,
        circumstances: Circumstances = NOTHING_STATED,
    ) -> Answer:
        """Search the gallery for the face of a photograph."""
        return self.workspace.desk.search(
            self.request(
                Operation.SEARCH,
                photograph,
                permit,
                case_id=case_id,
                circumstances=circumstances,
            )
        )

    def review(self, name: str, lead_id: str, choice: str, *, reason: str) -> Answer:
        """One reviewer looks and decides; a candidate is named where it is the same person."""
        reviewer = self.workspace.acting(name).principal
        self.workspace.desk.show(reviewer, lead_id)
        self.clock.advance(seconds=LEAST_VIEWING.seconds)
        return self.workspace.desk.decide(
            reviewer,
            lead_id,
            choice,
            reason=reason,
            candidate=1 if choice == "same_person" else None,
        )
