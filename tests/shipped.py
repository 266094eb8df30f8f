"""The rules and the evidence are read once a run, as long as their files hold the same bytes.

Whoever opens a workspace reads, checks and hashes both, which takes longer than most tests do. Both
are immutable and follow from their bytes alone; other bytes are read as anywhere else.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

import recognizance.evidence
from recognizance import workspace
from recognizance.authority import answering
from recognizance.gate import bundle, cases, difference

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path
    from typing import Any

    import pytest


def read_once(patch: pytest.MonkeyPatch) -> None:
    """Put this in the place of the two readers, wherever they are called by name."""
    rules = _once(bundle.load_bundle, _rules)
    for module in (bundle, cases, difference, workspace, answering):
        patch.setattr(module, "load_bundle", rules)
    evidence = _once(recognizance.evidence.load_evidence, _evidence)
    for module in (recognizance.evidence, workspace, answering):
        patch.setattr(module, "load_evidence", evidence)


def _rules(root: Path | None = None) -> Hashable:
    return tuple(bundle._files(root or bundle.rules_root()))


def _evidence(path: Path | None = None) -> Hashable:
    return None if path is None else path.read_bytes() if path.is_file() else object()


def _once(read: Callable[..., Any], about: Callable[..., Hashable]) -> Callable[..., Any]:
    kept: dict[Hashable, Any] = {}

    @wraps(read)
    def known(*where: Path | None) -> object:
        key = about(*where)
        if key not in kept:
            kept[key] = read(*where)
        return kept[key]

    return known
