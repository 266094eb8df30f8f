"""Hide the faces of a film: look through it, write it anew, look at what was written."""

from recognizance.video.redaction.coding import CONTAINERS
from recognizance.video.redaction.film import open_film
from recognizance.video.redaction.jobs import LOOKING, Redacted, Told, found_in, redact_film
from recognizance.video.redaction.looking import LookPort
from recognizance.video.redaction.tracks import FaceTrack, Shot
from recognizance.video.redaction.writing import Audio

__all__ = [
    "CONTAINERS",
    "LOOKING",
    "Audio",
    "FaceTrack",
    "LookPort",
    "Redacted",
    "Shot",
    "Told",
    "found_in",
    "open_film",
    "redact_film",
]
