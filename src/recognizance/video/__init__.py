"""Pictures in which faces are hidden; identifies nobody, so needs no permit."""

from recognizance.video.masks import Style
from recognizance.video.stills import Redaction, StillsPort, redact_still

__all__ = ["Redaction", "StillsPort", "Style", "redact_still"]
