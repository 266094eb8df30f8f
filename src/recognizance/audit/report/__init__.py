"""The report of an audit: a page, its plots, tables as CSV, the result as JSON, a model card.

A pure function from a result to the bytes of files. The page is one file, loads nothing, and
prints; the other files hold the same figures for programs.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from recognizance.audit.report import plots_curves, plots_groups
from recognizance.audit.report.about import About
from recognizance.audit.report.card import model_card
from recognizance.audit.report.looks import WIDE, Plot
from recognizance.audit.report.page import page
from recognizance.audit.report.sheets import sheets
from recognizance.audit.report.style import standalone
from recognizance.audit.report.summary import lead_point

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.audit.result import AuditResult

__all__ = ["About", "Plot", "plots", "render", "result_file"]

PAGE = "report.html"
RESULT = "result.json"


def render(result: AuditResult, about: About) -> dict[str, bytes]:
    """Every file of a report.

    Returns:
        Path within the report's folder, with `/`, to bytes. `about.json` lists the digest of
        every other file.
    """
    files = {
        PAGE: page(result, about).encode(),
        RESULT: result_file(result),
        "model-card.md": model_card(result, about).encode(),
    }
    files |= {f"csv/{name}": data for name, data in sheets(result).items()}
    files |= {f"plots/{plot.name}.svg": _drawn(plot) for plot in plots(result)}
    return files | {"about.json": _about(about, files)}


def result_file(result: AuditResult) -> bytes:
    """The bytes of the result's file, which the ledger knows by their digest."""
    return (result.as_json() + "\n").encode()


def plots(result: AuditResult) -> tuple[Plot, ...]:
    """Every plot that the result has figures for."""
    lead = lead_point(result)
    if lead is None:
        return ()
    main = result.main
    drawn = (
        plots_groups.false_matches(lead, main),
        plots_groups.misses(lead, main),
        plots_groups.acquisition(result, main),
        None if lead.cross is None else plots_groups.cross_groups(lead.cross),
        plots_groups.score_profiles(
            result.histograms, lead.threshold, identities=result.data.identities
        ),
        plots_curves.error_tradeoff(result.curves),
        plots_curves.over_thresholds(result.trade_off, lead.threshold),
        plots_curves.scores(result.histograms, lead.threshold),
        plots_curves.match_ranks(result.identification),
    )
    return tuple(plot for plot in drawn if plot is not None)


def _drawn(plot: Plot) -> bytes:
    return (standalone(plot.draw(WIDE)) + "\n").encode()


def _about(about: About, files: Mapping[str, bytes]) -> bytes:
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    text = json.dumps(about.as_dict() | {"sha256": digests}, indent=1, ensure_ascii=False)
    return (text + "\n").encode()
