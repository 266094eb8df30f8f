"""A watch from end to end: sources, sight, the desk, and events out."""

from recognizance.watching.cameras import Camera, Cameras, clip_digest, open_cameras
from recognizance.watching.feed import LedgerFeed
from recognizance.watching.loop import Plan, Status, watch_cameras

__all__ = [
    "Camera",
    "Cameras",
    "LedgerFeed",
    "Plan",
    "Status",
    "clip_digest",
    "open_cameras",
    "watch_cameras",
]
