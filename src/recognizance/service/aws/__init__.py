"""For AWS clients: Rekognition's JSON 1.1 protocol at `/aws`, with the gate in it."""

from recognizance.service.aws.endpoint import router

__all__ = ["router"]
