"""An organisation's own logins: OpenID Connect, as a client with code flow and PKCE.

The provider says who somebody is, and nothing else: roles stand in the ledger. The server talks to
the configured issuer's host alone, to no address that anybody sends, and follows no redirect. It is
the only connection that the service opens.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from recognizance.errors import InputError, ProviderError, UnauthenticatedError
from recognizance.keys.files import read_private

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    from recognizance.settings import Settings

WAIT_S: Final = 5.0
SKEW: Final = timedelta(seconds=60)
"""How far the provider's clock may be from ours."""

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
"""What an ID token may be signed with: never nothing, and never a secret that both sides know."""

_SECRET_LIMIT_BYTES = 1024
_CODE_LETTERS = 48


@dataclass(frozen=True, slots=True)
class Asked:
    """What is remembered of a login while the person is at the provider.

    Attributes:
        browser: What the browser got, so that nobody else can finish the login.
        nonce: What the ID token has to carry.
        verifier: What the code is worth nothing without (PKCE).
        at: When the login began.
        redirect: Where the provider sends the browser.
    """

    browser: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    at: datetime
    redirect: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Where an organisation's people log in.

    Attributes:
        issuer: Its address, and its name in every token.
        client_id: What the server is called there.
        secret_file: The server's secret there, if it has one.
        claim: The claim that says who somebody is.
        people: The principal of each value of the claim; None where the value is its name.
    """

    issuer: str
    client_id: str
    secret_file: Path | None
    claim: str
    people: Mapping[str, str] | None

    @classmethod
    def of(cls, settings: Settings) -> Provider | None:
        """The provider of the settings; None where there is none.

        Raises:
            InputError: Its address is not protected, or the list of people cannot be read.
        """
        if settings.oidc_issuer is None:
            return None
        _require_protected(settings.oidc_issuer)
        people = None if settings.oidc_people is None else _read_people(settings.oidc_people)
        return cls(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            secret_file=settings.oidc_client_secret_file,
            claim=settings.oidc_claim,
            people=people,
        )

    async def address_for(self, asked: Asked, state: str) -> str:
        """Where to send the browser.

        Raises:
            ProviderError: The provider was not reached, or says what it must not.
        """
        async with _client() as client:
            about = await self._about(client)
        address = prepare_grant_uri(
            self._at_issuer(about, "authorization_endpoint"),
            client_id=self.client_id,
            response_type="code",
            redirect_uri=asked.redirect,
            scope="openid" if self.claim == "sub" else "openid profile email",
            state=state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
            max_age="0",  # a login, and not one of this morning
        )
        return str(address)

    async def name_of(self, asked: Asked, code: str, *, now: datetime) -> str:
        """The name of the principal for whom the provider gave this code.

        Raises:
            UnauthenticatedError: The code or the ID token is no good, or means no principal.
            ProviderError: The provider was not reached, or says what it must not.
        """
        if not code:
            raise _not_believed()
        async with _client() as client:
            about = await self._about(client)
            token = await self._token(client, about, asked, code)
            keys = _document(await _sent(client.get(self._at_issuer(about, "jwks_uri"))))
        claims = self._claims(token, keys, asked, now=now)
        value = claims.get(self.claim)
        if not isinstance(value, str) or (
            self.claim == "email" and claims.get("email_verified") is not True
        ):
            raise _not_believed()
        name = value if self.people is None else self.people.get(value)
        if name is None:
            raise _not_believed()
        return name

    async def _about(self, client: httpx.AsyncClient) -> Mapping[str, Any]:
        where = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        about = _document(await _sent(client.get(where)))
        if about.get("issuer") != self.issuer:
            raise _misbehaves()
        return about

    async def _token(
        self, client: httpx.AsyncClient, about: Mapping[str, Any], asked: Asked, code: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": asked.redirect,
            "code_verifier": asked.verifier,
            "client_id": self.client_id,
        }
        shown = None
        if self.secret_file is not None:
            secret = read_private(self.secret_file, _SECRET_LIMIT_BYTES, "client secret").decode()
            shown = httpx.BasicAuth(quote(self.client_id, safe=""), quote(secret.strip(), safe=""))
        where = self._at_issuer(about, "token_endpoint")
        answer = await _sent(client.post(where, data=form, auth=shown or httpx.USE_CLIENT_DEFAULT))
        if answer.is_client_error:  # the code, the verifier or the secret is none
            raise _not_believed()
        return _document(answer)

    def _claims(
        self, token: Mapping[str, Any], keys: Mapping[str, Any], asked: Asked, *, now: datetime
    ) -> CodeIDToken:
        """The claims of an ID token that is this provider's, for us, for this login, and new."""
        moment, skew = int(now.timestamp()), int(SKEW.total_seconds())
        try:
            signed = jwt.decode(
                str(token.get("id_token")),
                KeySet.import_key_set(cast("Any", keys)),
                algorithms=ALGORITHMS,
            )
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self.client_id},
                },
                params={
                    "nonce": asked.nonce,
                    "client_id": self.client_id,
                    "access_token": token.get("access_token"),
                    "max_age": 1,  # so that the time of the login has to be told
                },
            )
            claims.validate(now=moment, leeway=skew)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as error:
            raise _not_believed() from error
        if claims["auth_time"] < asked.at.timestamp() - skew:
            raise _not_believed()
        return claims

    def _at_issuer(self, about: Mapping[str, Any], what: str) -> str:
        """An address that the provider names for itself, if it is on its own host."""
        address = about.get(what)
        if not isinstance(address, str) or _host(address) != _host(self.issuer):
            raise _misbehaves()
        return address


def new_login(redirect: str, *, now: datetime) -> Asked:
    """What is to be remembered of a login that begins."""
    return Asked(
        browser=generate_token(_CODE_LETTERS),
        nonce=generate_token(_CODE_LETTERS),
        verifier=generate_token(_CODE_LETTERS),
        at=now,
        redirect=redirect,
    )


def _client() -> httpx.AsyncClient:
    """A client that goes where it is told and nowhere else: no redirect, and no proxy."""
    return httpx.AsyncClient(timeout=WAIT_S, follow_redirects=False, trust_env=False)


async def _sent(asking: Awaitable[httpx.Response]) -> httpx.Response:
    try:
        return await asking
    except httpx.HTTPError as error:
        raise _not_reached() from error


def _document(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        document = answer.json() if answer.is_success else None
    except ValueError as error:
        raise _misbehaves() from error
    if not isinstance(document, dict):
        raise _misbehaves()
    return document


def _host(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _require_protected(issuer: str) -> None:
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise InputError(
            "The issuer of logins is not protected by TLS.",
            hint="Set RECOGNIZANCE_OIDC_ISSUER to an address with https.",
        )


def _read_people(path: Path) -> dict[str, str]:
    """The principal of each value, from a CSV.

    Raises:
        InputError: It is no CSV with these columns, or has a value twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [(row["value"], row["principal"].strip()) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, AttributeError) as error:
        raise InputError(
            f"{path} cannot be read as a list of people.",
            hint="Give a CSV in UTF-8 with the columns value and principal.",
        ) from error
    people = dict(rows)
    if len(people) != len(rows):
        raise InputError(
            f"{path} names a value twice.", hint="Each value of the claim is one principal."
        )
    return people


def _not_believed() -> UnauthenticatedError:
    return UnauthenticatedError(
        "The organisation's login was not accepted.",
        hint="Log in again, or ask a custodian whether you have an account here.",
    )


def _not_reached() -> ProviderError:
    return ProviderError(
        "The organisation's login service was not reached.",
        hint="Try again in a minute, or log in with a password or a passkey.",
    )


def _misbehaves() -> ProviderError:
    return ProviderError(
        "The organisation's login service is another one, or names addresses on another host.",
        hint="Check RECOGNIZANCE_OIDC_ISSUER: all its addresses have to be on that host.",
    )
