"""Log lines that cannot carry a face, a name or a template.

Library modules log through `logger()`. An event is a fixed word and a few keys from a closed
list; any other key is dropped and counted, so that a careless line cannot leak what the ledger
takes care to keep out.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

ALLOWED_KEYS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "code",
        "rules",
        "operation",
        "permit_id",
        "gallery_id",
        "lead_id",
        "log",
        "index",
        "count",
        "elapsed_ms",
        "model_id",
        "path_kind",
        "method",
        "route",
        "status",
        "request_id",
    }
)


def keep_only_allowed(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every key that is not in the closed list and say how many were dropped."""
    kept = {key: value for key, value in event.items() if key in ALLOWED_KEYS}
    if len(kept) < len(event):
        kept["dropped_keys"] = len(event) - len(kept)
    return kept


def configure(level: str) -> None:
    """Send log lines of at least `level` to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        # What standard error is when a line is written: it may have been another one just now.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger() -> structlog.typing.FilteringBoundLogger:
    """The one logger."""
    return structlog.get_logger()  # type: ignore[no-any-return]  # structlog types it as Any
