"""An organisation's login on loopback: OpenID Connect with code flow and PKCE, which can lie."""

import hmac
import json
import secrets
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT, SECRET = "recognizance", "the-secret-of-the-server"


def part(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def forged(algorithm: str, claims: dict, secret: bytes) -> str:
    """A token without a signature, or with one that is made with what everybody can read."""
    head = json.dumps({"alg": algorithm, "kid": "one"}).encode()
    signed = f"{part(head)}.{part(json.dumps(claims).encode())}"
    made = b"" if algorithm == "none" else hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{part(made)}"


@dataclass
class Provider:
    """Says of everybody who comes that it is `person`.

    Attributes:
        person: Claims of whoever logs in.
        lie: Claims that a token has instead of the true ones; None takes one out.
        algorithm: How tokens are signed: `RS256`, `none`, `HS256` with the public key, or
            `other` for RS256 with a key that is not published.
        about: What the description says instead of the truth.
    """

    clock: object
    address: str = ""
    person: dict = field(default_factory=lambda: {"sub": "officer"})
    lie: dict = field(default_factory=dict)
    algorithm: str = "RS256"
    about: dict = field(default_factory=dict)
    asked: dict = field(default_factory=dict)
    visited: list = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))

    def app(self):
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.describe),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
            ]
        )

    async def describe(self, _request):
        self.visited.append("describe")
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
            }
            | self.about
        )

    async def authorize(self, request):
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["max_age"] == "0"
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=303)

    async def token(self, request):
        self.visited.append("token")
        form = dict(parse_qsl((await request.body()).decode()))
        shown = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        asked = self.asked.pop(form["code"], None)
        if (
            asked is None
            or shown != f"{CLIENT}:{SECRET}"
            or form["redirect_uri"] != asked["redirect_uri"]
            or create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse(
            {
                "access_token": "opens-nothing",
                "token_type": "Bearer",
                "id_token": self.id_token(asked),
            }
        )

    def id_token(self, asked):
        now = int(self.clock().timestamp())
        true = {
            "iss": self.address,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "auth_time": now,
            "nonce": asked["nonce"],
            "roles": ["custodian", "signing_officer"],  # which is not for a provider to say
        }
        claims = {k: v for k, v in (true | self.person | self.lie).items() if v is not None}
        if self.algorithm in {"none", "HS256"}:
            return forged(self.algorithm, claims, self.key.as_pem(private=False))
        key = RSAKey.generate_key(2048) if self.algorithm == "other" else self.key
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key, algorithms=["RS256"])

    async def keys(self, _request):
        self.visited.append("keys")
        return JSONResponse({"keys": [self.key.as_dict(private=False) | {"use": "sig"}]})
