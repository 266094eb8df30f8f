"""The CompreFace-compatible endpoint at `/api/v1`: clients change the address, and get the gate.

The wire format is that of CompreFace 1.2 (docs/Rest-API-description.md there), as compreface-sdk
0.6.0 and double-take use it. What differs: a face is searched under the key's permit, a similarity
is a band (`service.similarity`), an answer that waits for people is an error and no stranger, and
nothing is ever said about a person's age, gender or mask.
"""

from fastapi import APIRouter

from recognizance.service.compreface import (
    detection,
    examples,
    never,
    recognition,
    subjects,
    verification,
)

router = APIRouter(prefix="/api/v1", include_in_schema=False)
for _part in (recognition, subjects, examples, verification, detection, never):
    router.include_router(_part.router)  # the last one answers for whatever is left
