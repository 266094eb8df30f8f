"""Who may do what, as the decisions log tells it: principals, permits, and how each stands since.

Everything here is a replay of one log; nothing has a store of its own.
"""

from recognizance.registry.replay import Registry
from recognizance.registry.shelf import CLOCK_TOLERANCE_S, PermitShelf, find_permit, known_permit

__all__ = ["CLOCK_TOLERANCE_S", "PermitShelf", "Registry", "find_permit", "known_permit"]
