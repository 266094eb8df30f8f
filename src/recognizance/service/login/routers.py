"""The modules of this room that have routes, each with its full paths."""

from recognizance.service.login import keys, oidc, passkeys, sessions

PARTS = (sessions, passkeys, oidc, keys)
