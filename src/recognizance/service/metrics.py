"""What the service counts, in Prometheus' text format: routes and statuses, never who or whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recognizance.service.counters import Counter as Desk

_BUCKETS_S = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """The metrics of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter(
            "recognizance_requests", "Requests answered.", labels, registry=self.registry
        )
        self._seconds = Histogram(
            "recognizance_request_seconds",
            "Time from the first byte of a request to the end of its answer.",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._logins = Counter(
            "recognizance_logins", "Logins, by outcome.", ("outcome",), registry=self.registry
        )
        self._waiting = Gauge(
            "recognizance_waiting",
            "Requests before a counter.",
            ("counter",),
            registry=self.registry,
        )

    def watch(self, counters: Iterable[Desk]) -> None:
        """Show how long the lines are."""
        for each in counters:
            self._waiting.labels(each.name).set_function(partial(getattr, each, "waiting"))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; the route is its pattern, so that no id becomes a label."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def login(self, outcome: str) -> None:
        """Count one login."""
        self._logins.labels(outcome).inc()

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)
