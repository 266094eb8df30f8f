"""Each verb as a request that is built and an answer that is read: pure, and written once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

from recognizance.client import results

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import httpx

T = TypeVar("T")
R = TypeVar("R", bound=results.Told)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request that is not sent yet.

    Attributes:
        method: The HTTP method.
        path: Where to.
        read: Reads the answer.
        params: The query.
        json: The body, where it is JSON.
        data: The fields of a form.
        files: The photographs of a form.
        upload: A file that is sent as it is.
        key: The idempotency key of a POST.
        repeatable: Whether it may be sent again when nobody knows what became of it.
    """

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, str | int] = field(default_factory=dict)
    json: object = None
    data: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[tuple[str, bytes]] = ()
    upload: Path | None = None
    key: str | None = None
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """A list that comes in pages."""

    first: Call[dict[str, Any]]
    row: type[R]


def _json(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()
    return found


def _bytes(answer: httpx.Response) -> bytes:
    return answer.content


def _nothing(_answer: httpx.Response) -> None:
    return None


def _as(kind: type[R]) -> Callable[[httpx.Response], R]:
    return lambda answer: kind.of(answer.json())


def _stated(**about: object) -> dict[str, Any]:
    return {name: value for name, value in about.items() if value is not None}


def _texts(about: Mapping[str, object]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in about.items()
        if value is not None
    }


def _post(
    path: str,
    read: Callable[[httpx.Response], T],
    **more: Any,  # noqa: ANN401  # what httpx takes
) -> Call[T]:
    return Call("POST", path, read, key=secrets.token_hex(16), **more)


def _get(path: str, read: Callable[[httpx.Response], T], **params: object) -> Call[T]:
    return Call("GET", path, read, params=_stated(**params))


def _list(path: str, row: type[R], **params: object) -> Listed[R]:
    return Listed(_get(path, _json, **params), row)


def _id(text: str) -> str:
    """An id as one part of a path, whatever is in it."""
    return quote(text, safe="")


# ---- uses of a face ---------------------------------------------------------------------------
# What may be said of a use beside its photographs: permit, purpose, case, face, site, camera,
# captured_at, sample.


def search(photograph: bytes, *, gallery: str, **about: object) -> Call[results.Answer]:
    """Could the person in the photograph be somebody of the gallery?"""
    data = _texts({"gallery": gallery, **about})
    return _post("/v1/search", _as(results.Answer), data=data, files=(("photograph", photograph),))


def verify(
    photograph: bytes, *, gallery: str, subject: str, **about: object
) -> Call[results.Answer]:
    """Is the person in the photograph the enrolled subject?"""
    data = _texts({"gallery": gallery, "subject": subject, **about})
    return _post("/v1/verify", _as(results.Answer), data=data, files=(("photograph", photograph),))


def compare(first: bytes, second: bytes, **about: object) -> Call[results.Answer]:
    """Do two photographs show the same person? Under a trial permit; nothing is kept."""
    files = (("first", first), ("second", second))
    return _post("/v1/compare", _as(results.Answer), data=_texts(about), files=files)


def enroll(
    *photographs: bytes, gallery: str, subject: str, **about: object
) -> Call[results.Answer]:
    """Put a person into a gallery; beside a key state `provenance`, `ground` and `minor`."""
    data = _texts({"gallery": gallery, "subject": subject, **about})
    files = tuple(("photographs", each) for each in photographs)
    return _post("/v1/subjects", _as(results.Answer), data=data, files=files)


def erase(subject: str, *, reason: str) -> Call[results.Answer]:
    """Destroy what is held about a person, in every gallery."""
    # Not repeated: whoever is gone is not found the second time.
    return Call(
        "DELETE",
        f"/v1/subjects/{_id(subject)}",
        _as(results.Answer),
        params={"reason": reason},
        repeatable=False,
    )


# ---- lists ------------------------------------------------------------------------------------


def galleries() -> Listed[results.Gallery]:
    """The galleries."""
    return _list("/v1/galleries", results.Gallery)


def create_gallery(gallery: str, *, permit: str) -> Call[results.Gallery]:
    """Make an empty gallery that a permit names."""
    body = {"gallery_id": gallery, "permit_id": permit}
    return _post("/v1/galleries", _as(results.Gallery), json=body)


def subjects(gallery: str | None = None) -> Listed[results.Reference]:
    """Who is enrolled: a row a reference."""
    return _list("/v1/subjects", results.Reference, gallery=gallery)


def permits() -> Listed[results.Permit]:
    """The permits and their states."""
    return _list("/v1/permits", results.Permit)


def permit(permit_id: str) -> Call[dict[str, Any]]:
    """One permit, whole."""
    return _get(f"/v1/permits/{_id(permit_id)}", _json)


def leads(state: str | None = None) -> Listed[results.Lead]:
    """The leads in a state, else all that wait."""
    return _list("/v1/leads", results.Lead, state=state)


def entries(log: str = "uses", *, kind: str | None = None) -> Listed[results.Entry]:
    """Entries of the ledger."""
    return _list(f"/v1/ledger/{_id(log)}/entries", results.Entry, kind=kind)


def proposals() -> Listed[results.Proposal]:
    """The proposals that wait for signatures."""
    return _list("/v1/proposals", results.Proposal)


def jobs() -> Listed[results.Job]:
    """One's own jobs."""
    return _list("/v1/jobs", results.Job)


def status() -> Call[dict[str, Any]]:
    """What the workspace holds, and what it runs on."""
    return _get("/v1/status", _json)


# ---- deployments and permits ------------------------------------------------------------------


def check(submission: str) -> Call[dict[str, Any]]:
    """Decide a submission (TOML); permits nothing."""
    return _post("/v1/checks", _json, json={"submission": submission})


def submit(submission: str, **about: object) -> Call[results.Deployment]:
    """Decide a submission and, if the rules allow it, have it wait for the officers."""
    body = {"submission": submission, **_stated(**about)}
    return _post("/v1/submissions", _as(results.Deployment), json=body)


def sign(permit_id: str) -> Call[results.Proposal]:
    """Sign a proposal."""
    path = f"/v1/proposals/{_id(permit_id)}/signatures"
    return _post(path, _as(results.Proposal))


def _overseen(permit_id: str, what: str, body: object) -> Call[dict[str, Any]]:
    return _post(f"/v1/permits/{_id(permit_id)}/{what}", _json, json=body)


def suspend(permit_id: str, *, reason: str) -> Call[dict[str, Any]]:
    """Stop every use under a permit at once."""
    return _overseen(permit_id, "suspend", {"reason": reason})


def resume(permit_id: str, *, reason: str) -> Call[dict[str, Any]]:
    """Let a stopped use go on."""
    return _overseen(permit_id, "resume", {"reason": reason})


def revoke(permit_id: str, *, reason: str) -> Call[dict[str, Any]]:
    """Revoke a permit for good."""
    return _overseen(permit_id, "revoke", {"reason": reason})


def attest(permit_id: str, hook: str, *, statement: str) -> Call[dict[str, Any]]:
    """State that a duty of a permit is done."""
    return _overseen(permit_id, "attestations", {"hook": hook, "statement": statement})


# ---- review -----------------------------------------------------------------------------------


def lead(lead_id: str) -> Call[results.LeadView]:
    """A lead as this reviewer may see it."""
    return _get(f"/v1/leads/{_id(lead_id)}", _as(results.LeadView))


def picture(address: str) -> Call[bytes]:
    """A picture of a lead, by its address there."""
    return _get(address, _bytes)


def decide(
    lead_id: str, choice: str, *, reason: str, candidate: int | None = None
) -> Call[results.Answer]:
    """Give a verdict."""
    body = _stated(choice=choice, reason=reason, candidate=candidate)
    return _post(f"/v1/leads/{_id(lead_id)}/verdicts", _as(results.Answer), json=body)


def contest(lead_id: str, *, reason: str) -> Call[results.Answer]:
    """Have a confirmed lead looked at again."""
    path = f"/v1/leads/{_id(lead_id)}/contest"
    return _post(path, _as(results.Answer), json={"reason": reason})


def export(lead_id: str, *, evidence: str | None = None) -> Call[bytes]:
    """Hand out a confirmed lead, as a disclosure bundle."""
    path = f"/v1/leads/{_id(lead_id)}/export"
    return _post(path, _bytes, json=_stated(evidence=evidence))


# ---- long work --------------------------------------------------------------------------------


def upload(path: Path) -> Call[results.Upload]:
    """Send a photograph, film, table or archive; the ending of its name says what it is."""
    ending = path.suffix.lower().lstrip(".").replace("jpeg", "jpg")
    return Call(
        "POST",
        "/v1/uploads",
        _as(results.Upload),
        params={"ending": ending},
        upload=path,
        repeatable=False,
    )


def redact(upload_id: str, **about: object) -> Call[results.Job]:
    """Hide the faces of an upload."""
    body = {"upload": upload_id, **_stated(**about)}
    return _post("/v1/redactions", _as(results.Job), json=body)


def audit(upload_id: str, groups: Sequence[str], **about: object) -> Call[results.Job]:
    """Measure a system by an uploaded table of scores or archive of templates."""
    body = {"upload": upload_id, "groups": list(groups), **_stated(**about)}
    return _post("/v1/audits", _as(results.Job), json=body)


def watch(upload_ids: Sequence[str], *, gallery: str, **about: object) -> Call[results.Job]:
    """Watch uploaded recordings against a gallery."""
    body = {"uploads": list(upload_ids), "gallery": gallery, **_stated(**about)}
    return _post("/v1/watches", _as(results.Job), json=body)


def job(job_id: str) -> Call[results.Job]:
    """One job."""
    return _get(f"/v1/jobs/{_id(job_id)}", _as(results.Job))


def download(address: str) -> Call[bytes]:
    """A file that a job has made, by its address there."""
    return _get(address, _bytes)


def end_job(job_id: str) -> Call[None]:
    """Have a job end; one that is over is destroyed with its files."""
    return Call("DELETE", f"/v1/jobs/{_id(job_id)}", _nothing, repeatable=False)


def drop_upload(upload_id: str) -> Call[None]:
    """Destroy an upload now; else it is destroyed after a day."""
    return Call("DELETE", f"/v1/uploads/{_id(upload_id)}", _nothing, repeatable=False)


def log_in(name: str, password: str) -> Call[dict[str, Any]]:
    """Begin a session of a person."""
    body = {"name": name, "password": password}
    return Call("POST", "/v1/session", _json, json=body, repeatable=False)
