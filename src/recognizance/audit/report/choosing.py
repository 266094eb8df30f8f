"""The parts of the page about choosing: thresholds, their cost, searches, scores, normalising."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.audit.report import plots_curves, plots_groups
from recognizance.audit.report.html import Figure, figure, folded, in_script, section, table
from recognizance.audit.report.summary import lead_point
from recognizance.audit.report.words import (
    NOT_GIVEN,
    interval,
    listed,
    name_of,
    number,
    one_in,
    percent,
    rate_of,
    ratio_interval,
)

if TYPE_CHECKING:
    from recognizance.audit.result import AuditResult, Identification


def thresholds(result: AuditResult) -> str:
    """DET, rates over thresholds, the slider, and the threshold that holds in the worst group."""
    lead = lead_point(result)
    at = lead.threshold if lead else 0.0
    rows = [
        (
            f"{one_in(each.target)} "
            + ("pairs" if each.gallery_size == 1 else f"searches of {each.gallery_size:,} people"),
            Figure(NOT_GIVEN)
            if each.threshold is None
            else Figure(f"{each.threshold:.4f}", each.threshold),
            Figure(f"{each.mean_threshold:.4f}", each.mean_threshold),
            name_of(each.worst) if each.worst else NOT_GIVEN,
            Figure(percent(each.bound), each.bound),
            listed([name_of(group) for group in each.not_covered], most=4) or "none",
        )
        for each in result.worst_group
    ]
    costs = [
        table(
            f"What {one_in(each.target)} in the worst group costs"
            + ("" if each.gallery_size == 1 else f", gallery of {each.gallery_size:,}"),
            ("Group", "Misses, target kept on average", "Misses, kept in the worst group"),
            (
                (
                    name_of(cost.group),
                    Figure(rate_of(cost.fnmr_before), cost.fnmr_before.rate),
                    Figure(rate_of(cost.fnmr_after), cost.fnmr_after.rate),
                )
                for cost in each.costs
            ),
        )
        for each in result.worst_group
        if each.threshold is not None
    ]
    holding = table(
        "The threshold that holds in the worst group",
        (
            "At most",
            "Threshold",
            "Threshold for the mean",
            "Group with the highest bound",
            "Its upper bound",
            "Says nothing of",
        ),
        rows,
    )
    return section(
        "thresholds",
        "Thresholds and what they cost",
        figure(plots_curves.over_thresholds(result.trade_off, at)),
        _what_if(result, at),
        figure(plots_curves.error_tradeoff(result.curves)),
        holding,
        folded("What holding it costs, by group", costs),
        note="A stricter threshold takes fewer people for somebody else and misses more. Holding "
        "a target in the worst group means holding it by the upper bound of every group that was "
        "measured, not on average.",
    )


def scores(result: AuditResult) -> str:
    """Histograms of scores, of everybody and by group."""
    lead = lead_point(result)
    if lead is None:
        return ""
    return section(
        "scores",
        "Scores",
        figure(plots_curves.scores(result.histograms, lead.threshold)),
        figure(
            plots_groups.score_profiles(
                result.histograms, lead.threshold, identities=result.data.identities
            )
        ),
        note="Bins are merged until at least five people are in each, so that no score of a "
        "single pair can be read from them.",
    )


def searches(result: AuditResult) -> str:
    """Searches of galleries: FPIR and FNIR by group, and ranks."""
    return section(
        "searches",
        "Searches of a gallery",
        figure(plots_curves.match_ranks(result.identification)),
        *(_search_table(each) for each in result.identification),
        note="One picture against everybody in a gallery. A false positive is a search for "
        "somebody who is not in it and that still gives a candidate; a miss is a search for "
        "somebody who is in it and is not found. These were searched, not computed; the formula "
        "1 \N{MINUS SIGN} (1 \N{MINUS SIGN} FMR)^N stands beside them.",
    )


def normalisation(result: AuditResult) -> str:
    """Ways to normalise scores, compared."""
    rows = [
        (
            each.method,
            one_in(each.fmr_target),
            Figure(number(each.max_over_min), each.max_over_min),
            _ends(each.max_over_min, each.lower, each.upper),
            Figure(number(each.max_over_geomean), each.max_over_geomean),
            _ends(each.max_over_geomean, each.max_over_geomean_lower, each.max_over_geomean_upper),
            Figure(percent(each.fnmr), each.fnmr),
        )
        for each in result.normalisation
    ]
    head = (
        "Way",
        "Target",
        "Worst over best",
        "95 % interval",
        "Max/GeoMean",
        "95 % interval",
        "Misses",
    )
    return section(
        "normalisation",
        "Ways to normalise scores",
        table("Compared on the same pairs", head, rows),
        note="Group labels were used to measure these and never to normalise. Whatever a way "
        "learns, it learnt on one half of the people; all are measured on the other half, so the "
        "figures differ from those above. The target is the mean of the groups' false match rates. "
        "Misses are those where 1 in 10,000 of all pairs of different people match.",
    )


def _ends(value: float | None, lower: float | None, upper: float | None) -> str:
    return NOT_GIVEN if value is None else ratio_interval(lower, upper)


def _what_if(result: AuditResult, at: float) -> str:
    """The slider: hidden until the script runs, over rates that stand in the page."""
    trade = result.trade_off
    if not trade.thresholds:
        return ""
    nearest = min(range(len(trade.thresholds)), key=lambda i: abs(trade.thresholds[i] - at))
    mated = any(trade.overall_fnmr)
    names = ["everybody", *(name_of(group) for group in trade.groups)]
    rates = {
        "thresholds": trade.thresholds,
        "fmr": [trade.overall_fmr, *trade.fmr],
        "fnmr": [trade.overall_fnmr, *trade.fnmr] if mated else [],
    }
    head = ("Group", "False matches", "Misses") if mated else ("Group", "False matches")
    rows = [(name, *("" for _ in head[1:])) for name in names]
    return (
        '<div id="what-if" class="live" hidden><h3>What if the threshold were another?</h3>'
        '<div class="slider"><label for="threshold">Threshold</label>'
        f'<input id="threshold" type="range" min="0" max="{len(trade.thresholds) - 1}" '
        f'value="{nearest}"><output for="threshold"></output></div>'
        f"{table('At this threshold', head, rows)}</div>"
        f'<script type="application/json" id="rates">{in_script(rates)}</script>'
    )


def _search_table(each: Identification) -> str:
    head = ("Group", "False positives", "95 % interval", "By formula", "Misses", "95 % interval")
    rows = (
        (
            name_of(cell.group),
            Figure(rate_of(cell.fpir.estimate), cell.fpir.estimate.rate),
            Figure(interval(cell.fpir.estimate.lower, cell.fpir.estimate.upper)),
            Figure(percent(cell.fpir_by_formula), cell.fpir_by_formula),
            Figure(rate_of(cell.fnir.estimate), cell.fnir.estimate.rate),
            Figure(interval(cell.fnir.estimate.lower, cell.fnir.estimate.upper)),
        )
        for cell in each.cells
    )
    target = "" if each.target is None else f", for at most {one_in(each.target)}"
    return table(
        f"Gallery of {each.gallery_size:,} people, {each.galleries} drawn, first {each.rank} of "
        f"the list, threshold {each.threshold:.4f}{target}",
        head,
        rows,
    )
