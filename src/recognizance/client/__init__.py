"""A client for programs that talk to a server: `Client` and `AsyncClient`, with the same verbs.

Answers are frozen values, errors the same classes as here: whoever is refused over a network is
told the same code, hint and rules. What may be repeated is repeated when the line breaks; a POST
carries an idempotency key, so it is done once however often it is sent.

    with Client("https://door.example", token=KEY) as client:
        answer = client.search(photograph, gallery="staff")
"""

from recognizance.client.client import AsyncClient, Client
from recognizance.client.results import (
    Answer,
    Deployment,
    Entry,
    Gallery,
    Job,
    Lead,
    LeadView,
    Permit,
    Proposal,
    Reference,
    Upload,
)

__all__ = [
    "Answer",
    "AsyncClient",
    "Client",
    "Deployment",
    "Entry",
    "Gallery",
    "Job",
    "Lead",
    "LeadView",
    "Permit",
    "Proposal",
    "Reference",
    "Upload",
]
