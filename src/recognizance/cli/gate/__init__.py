"""`recognizance gate`: put a use to the rules, and have it permitted or refused."""

from recognizance.cli.gate import (
    asking,
    authority,
    deciding,
    explaining,
    letters,
    permits,
    reading,
    waiting,
)
from recognizance.cli.gate.common import app

__all__ = [
    "app",
    "asking",
    "authority",
    "deciding",
    "explaining",
    "letters",
    "permits",
    "reading",
    "waiting",
]
