"""Many cameras: workers on one machine or on a Ray cluster, each use through the same door."""

from recognizance.fleet.admitting import Verdict, admit, require_admitted
from recognizance.fleet.plan import Camera, Fleet
from recognizance.fleet.reading import read_fleet
from recognizance.fleet.running import fleet_status, run_fleet

__all__ = [
    "Camera",
    "Fleet",
    "Verdict",
    "admit",
    "fleet_status",
    "read_fleet",
    "require_admitted",
    "run_fleet",
]
