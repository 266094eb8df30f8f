"""A watch from end to end: sources, sight, the desk, and events out."""

from recognizance.watching.cameras import Camera, Cameras, open_cameras
from recognizance.watching.feed import LedgerFeed
from recognizance.watching.loop import Plan, Status, watch_cameras
from recognizance.watching.receivers import Couriers, Receivers, telling

__all__ = [
    "Camera",
    "Cameras",
    "Couriers",
    "LedgerFeed",
    "Plan",
    "Receivers",
    "Status",
    "open_cameras",
    "telling",
    "watch_cameras",
]
