"""AWS Signature Version 4: was this very request signed with the secret of its key?

As "Signature Version 4 signing process" (AWS General Reference) has it: a canonical form of the
request is hashed into a string that says when and for which service it was signed, and a key that
is derived from the secret signs that. We are stricter than AWS in three things: the body is always
hashed as it came, whatever a header says of it; every `x-amz-` header has to be signed; and a
signature is taken for five minutes before and after its time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from recognizance.service.aws.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

SKEW: Final = timedelta(minutes=5)
_SCHEME: Final = "AWS4-HMAC-SHA256"
_SERVICE: Final = "rekognition"
_END: Final = "aws4_request"
_DATE: Final = "%Y%m%dT%H%M%SZ"
_ALWAYS_SIGNED: Final = frozenset({"host", "x-amz-date"})
_PARTS: Final = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_CREDENTIAL: Final = re.compile(r"([A-Za-z0-9]{1,128})/(\d{8})/([a-z0-9-]{1,64})/(\w+)/(\w+)")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Signed:
    """What the header `Authorization` says.

    Attributes:
        key_id: The access key id.
        region: The region that the client believes to speak to; any will do.
        date: The day of the scope, `YYYYMMDD`.
        headers: Names of the signed headers, in their order.
        signature: 64 hex digits.
    """

    key_id: str
    region: str
    date: str
    headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, authorization: str | None) -> Self:
        """Read the header.

        Raises:
            Fault: It is missing, or not of this form.
        """
        if authorization is None:
            raise Fault(
                "MissingAuthenticationTokenException", "The request is missing its signature."
            )
        scheme, _, rest = authorization.partition(" ")
        parts = dict(_PARTS.findall(rest))
        credential = _CREDENTIAL.fullmatch(parts.get("Credential", ""))
        headers = tuple(parts.get("SignedHeaders", "").split(";"))
        signature = parts.get("Signature", "")
        if scheme != _SCHEME or credential is None or not _SIGNATURE.fullmatch(signature):
            raise _incomplete("The header Authorization is not that of Signature Version 4.")
        key_id, date, region, service, end = credential.groups()
        if (service, end) != (_SERVICE, _END):
            raise Fault(
                "InvalidSignatureException", f"Credential should be scoped to {_SERVICE}/{_END}."
            )
        return cls(key_id, region, date, headers, signature)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came.

    Attributes:
        method: `POST`.
        path: Its path, as sent.
        query: Its query, as sent.
        headers: Names in lower case, and values.
        body: The body.
    """

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return next((value for each, value in self.headers if each == name), None)


def signed_at(sent: Sent, signed: Signed, *, now: datetime) -> datetime:
    """When it was signed.

    Raises:
        Fault: It does not say, not on that day, or too long ago or ahead.
    """
    stated = sent.header("x-amz-date") or ""
    try:
        at = datetime.strptime(stated, _DATE).replace(tzinfo=UTC)
    except ValueError as error:
        raise _incomplete("The header X-Amz-Date is missing, or no time.") from error
    if not stated.startswith(signed.date):
        raise Fault(
            "InvalidSignatureException", "Date in Credential scope does not match X-Amz-Date."
        )
    if abs(now - at) > SKEW:
        word = "expired" if at < now else "not yet current"
        raise Fault(
            "InvalidSignatureException",
            f"Signature {word}: it was made at {stated}, here it is {now.strftime(_DATE)}, and "
            f"{SKEW // timedelta(minutes=1)} minutes are allowed.",
        )
    return at


def check(sent: Sent, signed: Signed, secret: str) -> None:
    """Pass a request that was signed with this secret, as it came.

    Raises:
        Fault: Something that has to be signed is not, or the signature is another.
    """
    names = set(signed.headers)
    amz = {name for name, _ in sent.headers if name.startswith("x-amz-")}
    if missing := (_ALWAYS_SIGNED | amz) - names:
        raise _incomplete(f"The header {min(missing)} has to be signed.")
    if sent.header("x-amz-security-token") is not None:
        raise Fault(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    to_sign = "\n".join(
        (
            _SCHEME,
            sent.header("x-amz-date") or "",
            f"{signed.date}/{signed.region}/{_SERVICE}/{_END}",
            hashlib.sha256(canonical(sent, signed.headers).encode()).hexdigest(),
        )
    )
    key = f"AWS4{secret}".encode()
    for part in (signed.date, signed.region, _SERVICE, _END):
        key = hmac.digest(key, part.encode(), "sha256")
    expected = hmac.digest(key, to_sign.encode(), "sha256").hex()
    if not hmac.compare_digest(expected, signed.signature):
        raise Fault(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )


def canonical(sent: Sent, headers: Sequence[str]) -> str:
    """The canonical form of a request."""
    values = (
        ",".join(" ".join(value.split()) for name, value in sent.headers if name == wanted)
        for wanted in headers
    )
    return "\n".join(
        (
            sent.method,
            quote(sent.path, safe="/~"),
            "&".join(sorted(filter(None, sent.query.split("&")))),
            *(f"{name}:{value}" for name, value in zip(headers, values, strict=True)),
            "",
            ";".join(headers),
            hashlib.sha256(sent.body).hexdigest(),
        )
    )


def _incomplete(message: str) -> Fault:
    return Fault("IncompleteSignatureException", message)
