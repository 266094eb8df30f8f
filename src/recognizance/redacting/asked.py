"""What somebody asks for when they redact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from recognizance.errors import InputError
from recognizance.video import StillsPort, Style
from recognizance.video.redaction import Audio, LookPort


class RedactPort(StillsPort, LookPort, Protocol):
    """What finds faces in photographs and films; see `recognizance.engine`."""

    @property
    def model_id(self) -> str:
        """Which models it runs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for.

    Attributes:
        style: How faces are hidden.
        keep: Numbers of the faces that stay visible; by default nobody's does.
        reason: Why they may, such as the id of a release.
        audio: What becomes of a film's sound.
    """

    style: Style = Style.SOLID
    keep: tuple[int, ...] = ()
    reason: str | None = None
    audio: Audio = Audio.KEEP

    def __post_init__(self) -> None:
        """Nobody stays visible without a reason.

        Raises:
            InputError: None was given.
        """
        if self.keep:
            self.check_reason()

    def check_reason(self) -> None:
        """Pass only where somebody said why faces may stay visible.

        Raises:
            InputError: Nobody did.
        """
        if not any(
            map(str.isalnum, self.reason or "")
        ):  # blanks that only look like words are none
            raise InputError(
                "Why these faces may stay visible was not said.",
                hint="Say it in a few words (--because), such as the id of a release.",
            )

    def settings(self) -> dict[str, object]:
        """What decides how the output looks, for its record."""
        return {"style": self.style.value, "audio": self.audio.value}
