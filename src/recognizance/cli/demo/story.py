"""What the demo tells: steps with facts and pictures, for the terminal and for the page."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Picture:
    """A face as JPEG bytes, with a caption and the credit of its photograph."""

    jpeg: bytes
    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of a step: a word for the outcome, what it is about, and the details.

    Attributes:
        mark: `good`, `held`, `stop` or `plain`: how the fact is shown.
        outcome: The outcome in a word or two.
        about: What was done, to whom.
        details: Rules, reasons, sources; one line each.
    """

    mark: str
    outcome: str
    about: str
    details: tuple[str, ...] = ()


@dataclass(slots=True)
class Step:
    """One step of the story."""

    title: str
    why: str
    rows: list[Row] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def tell(self, mark: str, outcome: str, about: str, *details: str) -> None:
        """Add a fact."""
        self.rows.append(Row(mark, outcome, about, details))
