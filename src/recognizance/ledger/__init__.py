"""The ledger: two append-only Merkle logs in one SQLite file.

`decisions` is public, `uses` is private to the operator with public checkpoints. `store` writes,
`verify` checks and runs alone.
"""

from recognizance.ledger.entry import Entry, LogName
from recognizance.ledger.merkle import root_of_leaves
from recognizance.ledger.store import Ledger

__all__ = ["Entry", "Ledger", "LogName", "root_of_leaves"]
