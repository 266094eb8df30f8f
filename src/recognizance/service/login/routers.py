"""The routers of this room, each with its full paths."""

from recognizance.service.login import keys, oidc, passkeys, sessions

ROUTERS = (sessions.router, passkeys.router, oidc.router, keys.router)
