"""Hide the faces of a film: look through it, write it anew, look at what was written."""

from recognizance.video.redaction.coding import CONTAINERS
from recognizance.video.redaction.jobs import Redacted, Told, found_in, redact_film
from recognizance.video.redaction.looking import LookPort
from recognizance.video.redaction.tracks import FaceTrack
from recognizance.video.redaction.writing import Audio

__all__ = [
    "CONTAINERS",
    "Audio",
    "FaceTrack",
    "LookPort",
    "Redacted",
    "Told",
    "found_in",
    "redact_film",
]
