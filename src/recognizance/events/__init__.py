"""Telling others that a lead waits: JSON lines, webhooks, MQTT, server-sent events.

An event says that something stands in the ledger and where; it names nobody, and shows no face, no
score and no reason. This room knows nothing of pixels, permits or galleries: a feed gives it events
that are recorded already, and it sees to it that each of them arrives.
"""

from recognizance.events.courier import Courier, Sink
from recognizance.events.cursors import Cursors
from recognizance.events.event import Event, Feed, Kind
from recognizance.events.lines import JsonLines

__all__ = ["Courier", "Cursors", "Event", "Feed", "JsonLines", "Kind", "Sink"]
