"""Every route of the application with whom it is for, as the routes themselves say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from recognizance.errors import RefusedError
from recognizance.service.access import Allow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from fastapi.dependencies.models import Dependant
    from starlette.routing import BaseRoute

    from recognizance.service.access import Caller


@dataclass(frozen=True, slots=True)
class Open:
    """One thing that can be asked.

    Attributes:
        method: The HTTP method.
        path: The pattern of its address.
        allows: Whom it is for; none for files and the description of the API, which are for all.
    """

    method: str
    path: str
    allows: tuple[Allow, ...]

    @property
    def name(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    def admits(self, caller: Caller, *, now: datetime) -> bool:
        """Whether the caller may ask it."""
        try:
            for each in self.allows:
                each.check(caller, now=now)
        except RefusedError:
            return False
        return True


def routes_of(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[Open]:
    """Every route, those of routers in routers and of mounted applications among them."""
    for each in iter_route_contexts(routes):
        path = f"{prefix}{each.path}"
        if isinstance(each.original_route, Mount):
            below = getattr(each.original_route.app, "routes", None)
            if below is None:
                yield Open("GET", path + "/{path}", ())
            else:
                yield from routes_of(below, path)
            continue
        dependant = getattr(each, "dependant", None)
        allows = () if dependant is None else tuple(_allows_of(dependant))
        for method in sorted((each.methods or {"GET"}) - {"HEAD"}):
            yield Open(method, path, allows)


def _allows_of(dependant: Dependant) -> Iterator[Allow]:
    """The access dependencies of a route, however deep they are."""
    if isinstance(dependant.call, Allow):
        yield dependant.call
    for each in dependant.dependencies:
        yield from _allows_of(each)
