"""`recognizance permit`: what was permitted, where it stands, and what people do about it."""

from recognizance.cli.permit import reading, upkeep
from recognizance.cli.permit.common import app

__all__ = ["app", "reading", "upkeep"]
