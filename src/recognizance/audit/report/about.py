"""When and with what a report was made: what a result itself does not hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """The circumstances of a report.

    Attributes:
        made_at: When, in UTC.
        tool: Program and version.
        command: The command without paths, so that somebody else can run it on the same data.
        versions: Name and version of what computed it.
    """

    made_at: str
    tool: str
    command: str = ""
    versions: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape."""
        return {
            "made_at": self.made_at,
            "tool": self.tool,
            "command": self.command,
            "versions": dict(self.versions),
        }
