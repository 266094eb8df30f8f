"""A watch from end to end: sources, sight, the desk, and events out."""

from recognizance.watching.cameras import Camera, Cameras, open_cameras
from recognizance.watching.feed import LedgerFeed
from recognizance.watching.loop import Plan, Status, watch_cameras

__all__ = [
    "Camera",
    "Cameras",
    "LedgerFeed",
    "Plan",
    "Status",
    "open_cameras",
    "watch_cameras",
]
