"""`/v1/openapi.json`: what FastAPI knows of our own API, with logins, roles and errors beside it.

The endpoints that speak other people's protocols are theirs to describe, so they are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from recognizance.service.once import Once
from recognizance.service.rest.shapes import Problem
from recognizance.service.routes import routes_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from recognizance.service.access import Allow

SECURITY_SCHEMES: Final = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A program's key (`recognizance apikey issue`), bound to one permit.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "recognizance_session",
        "description": "A person's session. What changes something also carries `X-CSRF-Token`.",
    },
}

_ALWAYS: Final = {"400": "It cannot be read, or cannot be used.", "429": "Too many requests."}
_SOMEBODY: Final = {"401": "Nobody is logged in.", "403": "Refused; the rules say why."}
_WORK: Final = {
    "404": "There is no such thing, or it is not yours.",
    "408": "The body did not come in time.",
    "409": "It exists, or its state does not allow this.",
    "413": "Too large.",
    "422": "The picture or the submission cannot be used.",
    "500": "A fault inside.",
    "501": "A part of the program is not installed.",
    "503": "Busy; nothing was begun.",
    "507": "The disk is full; nothing was changed.",
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    "description": "The same key and request are answered again, and done once; for a day.",
}


def describe(app: FastAPI) -> None:
    """Have the application describe itself so."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # how FastAPI wants it


def _document(app: FastAPI) -> dict[str, Any]:
    ours = [
        context
        for context in iter_route_contexts(app.routes)
        if (context.path or "").startswith(("/v1/", "/health/", "/metrics"))
    ]
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=ours
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    once = {each.path for each in ours if isinstance(each.original_route, Once)}
    for route in routes_of(app.routes):
        operation = document["paths"].get(route.path, {}).get(route.method.lower())
        if operation is not None:
            _complete(
                operation,
                route.allows[0],
                once=route.method == "POST" and route.path in once,
            )
    return document


def _complete(operation: dict[str, Any], allow: Allow, *, once: bool) -> None:
    operation["security"] = [] if allow.public else [{"key": []}, {"session": []}]
    if allow.roles:
        roles = ", ".join(sorted(allow.roles))
        operation["description"] = f"{operation.get('description', '')}\n\nFor: {roles}.".strip()
    failures = _ALWAYS | ({} if allow.public else _SOMEBODY) | _WORK
    answers = operation["responses"]
    answers.pop("422", None)
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, words in failures.items():
        answers[status] = {"description": words, "content": problem}
    if once:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
