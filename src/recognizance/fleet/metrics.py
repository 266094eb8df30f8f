"""The counters of a fleet for Prometheus, on this machine alone: no face, no name, no subject."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from recognizance.errors import InputError
from recognizance.fleet.jobs import Counters
from recognizance.fleet.lives import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client.metrics_core import Metric

    from recognizance.fleet.supervisor import Row

HOST: Final = "127.0.0.1"

_HELP: Final = {
    "frames": "Pictures decoded.",
    "dropped": "Pictures thrown away because nobody took them in time.",
    "damaged": "Packets that could not be decoded.",
    "reconnects": "How often a lost source was found again.",
    "stalls": "How often a source gave nothing for longer than its patience.",
    "leads": "Candidates recorded, which wait for review.",
}


class FleetCollector:
    """Gives the table of a fleet to Prometheus whenever it asks.

    Args:
        rows: The table as it is now.
    """

    def __init__(self, rows: Callable[[], Iterable[Row]]) -> None:
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        """One family a counter, one sample a camera."""
        from prometheus_client.core import (  # noqa: PLC0415  # an extra
            CounterMetricFamily,
            GaugeMetricFamily,
        )

        rows = tuple(self._rows())
        for each in fields(Counters):
            family = CounterMetricFamily(
                f"recognizance_fleet_{each.name}", _HELP[each.name], labels=["camera"]
            )
            for row in rows:
                family.add_metric([row.camera], getattr(row.counters, each.name))
            yield family
        restarts = CounterMetricFamily(
            "recognizance_fleet_restarts",
            "How often a camera was started again.",
            labels=["camera"],
        )
        states = GaugeMetricFamily(
            "recognizance_fleet_cameras", "Cameras in each state.", labels=["state"]
        )
        for row in rows:
            restarts.add_metric([row.camera], row.restarts)
        for state in State:
            states.add_metric([state.value], sum(row.state is state for row in rows))
        yield restarts
        yield states


@contextmanager
def serving(rows: Callable[[], Iterable[Row]], port: int) -> Iterator[int]:
    """Serve the counters while the block runs; yields the port.

    Raises:
        InputError: The port is taken.
    """
    from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415  # an extra

    registry = CollectorRegistry()
    registry.register(FleetCollector(rows))
    try:
        server, thread = start_http_server(port, addr=HOST, registry=registry)
    except OSError as error:
        raise InputError(
            f"The port {port} for metrics cannot be used: {error.strerror}.",
            hint="Name another port in [metrics], or 0 for any.",
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
