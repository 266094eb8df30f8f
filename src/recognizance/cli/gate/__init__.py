"""`recognizance gate`: put a use to the rules, and have it permitted or refused."""

from recognizance.cli.gate import deciding, permits
from recognizance.cli.gate.common import app

__all__ = ["app", "deciding", "permits"]
