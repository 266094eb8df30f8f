"""What a scene tells, and what it checks while it tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recognizance.cli.stories.scenery import RECEIPTS_SHOWN
from recognizance.cli.stories.told import Receipt, Step
from recognizance.errors import RecognizanceError, RefusedError
from recognizance.ledger import LogName
from recognizance.ledger.verify import verify_ledger, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.cli.demo.story import Picture
    from recognizance.uses import Answer
    from recognizance.workspace import Workspace


@dataclass(slots=True, kw_only=True)
class Telling:
    """The facts of one scene, each checked before it is told.

    Attributes:
        workspace: Where it plays; its ledger is what the facts stand in.
        steps: What was told so far.
        receipts: Proofs of entries that the story turns on.
        pictures: Pictures that the scene has made.
    """

    workspace: Workspace
    steps: list[Step] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    # ---- telling --------------------------------------------------------------------------

    def tell(self, mark: str, outcome: str, about: str, *details: str, entry: str = "") -> None:
        """Add a fact to the story, with the ledger entry in which it stands."""
        self.steps.append(Step(mark, outcome, about, details, entry))

    def must(self, holds: bool, otherwise: str) -> None:
        """What the story rests on.

        Raises:
            RecognizanceError: It does not hold; the story ends otherwise than written.
        """
        if not holds:
            raise self.otherwise(otherwise)

    def expect(self, answer: Answer, outcome: str) -> None:
        """An answer of the desk has to be this one."""
        self.must(
            answer.outcome == outcome,
            f"To {answer.operation} gave {answer.outcome.replace('_', ' ')}, not "
            f"{outcome.replace('_', ' ')}.",
        )

    def keep_receipt(self, answer: Answer, about: str) -> None:
        """Keep the proof of an entry that the story turns on; the first few are shown."""
        if len(self.receipts) < RECEIPTS_SHOWN:
            self.receipts.append(Receipt(answer.entry, about, answer.receipt))

    def last_entry(self, log: LogName) -> str:
        """The newest entry of a log, as `uses/17`."""
        return f"{log.value}/{self.workspace.ledger.size(log) - 1}"

    def closing_words(self) -> str:
        """Verify the whole ledger and each receipt, and say what it holds.

        Raises:
            RecognizanceError: Something does not verify.
        """
        workspace = self.workspace
        for receipt in self.receipts:
            log, _, index = receipt.entry.partition("/")
            name = LogName(log)
            verify_receipt(
                receipt.text, workspace.ledger.vkey(name), workspace.ledger.leaf(name, int(index))
            )
        vkeys = [workspace.ledger.vkey(log) for log in LogName]
        report = verify_ledger(workspace.layout.ledger, vkeys, workspace.layout.pin)
        self.must(report.ok, "The ledger of the story does not verify.")
        counts = " and ".join(f"{log.size} of {log.log}" for log in report.logs)
        return (
            f"The ledger holds entries: {counts}. At the end every hash and signature in it was "
            f"checked again{', and each receipt' if self.receipts else ''}."
        )

    def otherwise(self, words: str) -> RecognizanceError:
        """The error of a story that ends otherwise than written."""
        return RecognizanceError(
            words, hint="The stories are a check too: please report which one, and this sentence."
        )

    def refused(
        self, about: str, use: Callable[[], object], *rules: str, outcome: str = "refused"
    ) -> None:
        """A use that has to be refused, by one of these rules, and recorded.

        Raises:
            RecognizanceError: It went through, or was refused for another reason.
        """
        try:
            use()
        except RefusedError as error:
            self.must(
                not rules or bool(set(rules) & set(error.rules)),
                f"{about}: refused by {', '.join(error.rules)}, not by {', '.join(rules)}.",
            )
            self.must(error.entry is not None, f"{about}: the refusal was not recorded.")
            said = f"{', '.join(error.rules)}: {error.message}" if error.rules else error.message
            self.tell("stop", outcome, about, said, entry=error.entry or "")
            return
        raise self.otherwise(f"{about}: it was not refused.")
