"""One entry of a log: its bytes, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import InputError
from recognizance.ledger.database import damaged
from recognizance.ledger.verify import LEAF_LIMIT_BYTES, leaf_hash
from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class LogName(StrEnum):
    """The two logs: what was decided (public), and each use of a face (private)."""

    DECISIONS = "decisions"
    USES = "uses"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a log.

    Attributes:
        log: Which log.
        index: Zero-based place in it.
        time: When it was recorded; never before the entry before it.
        kind: What happened, a fixed word.
        public: Ids, counts and commitments; never a name, a face or a template.
        leaf_hash: RFC 6962 hash of the entry, 32 bytes.
        closes: Index of the intent that this entry finishes.
        opens: Whether this is an intent that another entry has to finish.
        commitment: Commitment to the private payload, hex; None where there never was one.
    """

    log: LogName
    index: int
    time: datetime
    kind: str
    public: Mapping[str, object]
    leaf_hash: bytes
    closes: int | None
    opens: bool
    commitment: str | None


def leaf_bytes(
    kind: str,
    public: Mapping[str, object],
    *,
    time: datetime,
    commitment: str | None,
    opens: bool,
    closes: int | None,
) -> bytes:
    """Write an entry as canonical JSON. `opens` and `closes` stand there only where they apply.

    Raises:
        InputError: It has no JSON form, or is longer than 65,535 bytes.
    """
    leaf: dict[str, object] = {
        "v": 1,
        "time": utc_text(time),
        "kind": kind,
        "public": dict(public),
        "commitment": commitment,
    }
    if opens:
        leaf["opens"] = True
    if closes is not None:
        leaf["closes"] = closes
    data = canonical_bytes(leaf)
    if len(data) > LEAF_LIMIT_BYTES:
        raise InputError(
            f"A ledger entry has at most {LEAF_LIMIT_BYTES} bytes, not {len(data)}.",
            hint="Put what is long into the private payload; its commitment stays short.",
        )
    return data


def parse_entry(log: LogName, index: int, data: bytes) -> Entry:
    """Read an entry from its bytes.

    Raises:
        LedgerDamagedError: They are not those of an entry.
    """
    try:
        leaf = parse_json(data)
        if not isinstance(leaf, dict):
            raise TypeError("an entry is a table")  # noqa: TRY301  # one exit for all damage
        return Entry(
            log=log,
            index=index,
            time=utc_moment(leaf["time"]),
            kind=leaf["kind"],
            public=leaf["public"],
            leaf_hash=leaf_hash(data),
            closes=leaf.get("closes"),
            opens=leaf.get("opens", False),
            commitment=leaf["commitment"],
        )
    except (InputError, ValueError, TypeError, KeyError) as error:
        raise damaged("An entry of the ledger is damaged.") from error
