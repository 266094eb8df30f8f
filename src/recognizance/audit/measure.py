"""An audit from beginning to end: data in, one `AuditResult` out.

1 FINDINGS     what is odd about the labels and pictures, before any rate
2 COMPARE      everybody with everybody, or the rows of a table
3 RATES        FTA, FMR, FNMR at every threshold, with joint intervals and verdicts
4 WORST GROUP  the threshold that holds in every group, and its cost
5 SEARCHES     galleries drawn and searched
6 CURVES       trade-offs and histograms
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.comparisons import compare_samples
from recognizance.audit.counted import Counted
from recognizance.audit.estimates import FEW_PEOPLE, cell, estimate
from recognizance.audit.histograms import sample_histograms, table_histograms
from recognizance.audit.identify import gallery_sizes, identification
from recognizance.audit.labels import label_findings, picture_findings, small_groups
from recognizance.audit.points import operating_points
from recognizance.audit.result import AuditResult
from recognizance.audit.threshold import curves, fmr_of_search, trade_off, worst_group_thresholds
from recognizance.audit.uncertainty import CONFIDENCE, PersonCounts, plug_in_interval
from recognizance.audit.values import (
    Attribute,
    AttributeValue,
    Cell,
    Data,
    Disclosure,
    Group,
    Method,
    System,
)
from recognizance.evidence.build import MIN_PEOPLE, SAME_PHOTOGRAPH, SUSPECTED_SAME_PERSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recognizance.audit.comparisons import Comparisons
    from recognizance.audit.data import Samples
    from recognizance.audit.exact import Multiply
    from recognizance.audit.plan import Plan
    from recognizance.audit.tablecount import TableComparisons
    from recognizance.audit.values import Finding

OTHERS = "(fewer than 5 people)"
"""Stands for all rare values of a label where these may not be shown."""


def audit_samples(
    data: Samples, plan: Plan, system: System, *, multiply: Multiply | None = None
) -> AuditResult:
    """Audit a system by its templates.

    Args:
        data: Pictures as templates, with labels.
        plan: What is asked for.
        system: What is audited.
        multiply: Another device for the products; `None` = NumPy.

    Raises:
        InputError: A label does not exist, there are too many groups, too few people, or a given
            threshold lies where nothing was measured.
    """
    # 1 FINDINGS
    plan.report("findings")(0, 1)
    labels = {attribute: data.labels.get(attribute) for attribute in plan.attributes}
    known = {key: column for key, column in labels.items() if column is not None}
    findings = [
        *label_findings(data.subjects, known, disclosure=plan.disclosure, names=data.people),
        *picture_findings(
            data,
            plan.main_grouping if len(known) == len(labels) else (),
            disclosure=plan.disclosure,
            threads=plan.threads,
        ),
    ]
    plan.report("findings")(1, 1)
    # 2 COMPARE
    comparisons = compare_samples(
        data,
        plan.attributes,
        seed=plan.seed,
        threads=plan.threads,
        multiply=multiply,
        progress=plan.report("comparisons"),
    )
    counted = _counted(comparisons, plan)
    plan = replace(
        plan, gallery_sizes=gallery_sizes(plan, int(np.count_nonzero(comparisons.images)))
    )
    described = Data(
        name=data.name,
        kind=data.kind,
        digest=data.digest,
        people=comparisons.images.size,
        images=len(data),
        failures_to_acquire=int(np.count_nonzero(~data.acquired)),
        identities=data.identities,
        mated_pairs=comparisons.mated_score.size,
        non_mated_pairs=int(comparisons.pairs.sum()),
        attributes=_attributes(known, data.subjects, plan.disclosure),
    )
    # 3 to 6, as for a table
    result = _assess(counted, plan, system, described, findings)
    return replace(
        result,
        identification=identification(data, counted, plan, _search_thresholds(counted, plan)),
        histograms=sample_histograms(data, counted, plan),
    )


def audit_table(table: TableComparisons, plan: Plan, system: System) -> AuditResult:
    """Audit a system by a table of its scores.

    Args:
        table: What `tablecount.count_table` made of it.
        plan: What is asked for; scores that the caller supplied are theirs, so
            `Disclosure.EXACT` tells them nothing new.
        system: What is audited.

    Raises:
        InputError: As `audit_samples`.
    """
    comparisons = table.comparisons
    described = Data(
        name=table.name,
        kind="scores",
        digest=table.digest,
        people=comparisons.images.size,
        images=table.images,
        failures_to_acquire=int(comparisons.failures.sum()),
        identities=True,
        mated_pairs=comparisons.mated_score.size,
        non_mated_pairs=int(comparisons.pairs.sum()),
        attributes=_attributes(table.labels, table.person, plan.disclosure),
    )
    counted = _counted(comparisons, plan)
    result = _assess(counted, plan, system, described, list(table.findings(plan.disclosure)))
    return replace(result, histograms=table_histograms(table, counted, plan))


def _counted(comparisons: Comparisons, plan: Plan) -> Counted:
    least = FEW_PEOPLE if plan.disclosure is Disclosure.COUNTS else 1
    return Counted(comparisons, plan.main_grouping, least_people=least)


def _assess(
    counted: Counted, plan: Plan, system: System, described: Data, findings: list[Finding]
) -> AuditResult:
    data = counted.data
    sizes = [
        (group, counted.people(data.cells_of(group)))
        for grouping in plan.groupings
        for group in data.groups(grouping)
    ]
    small = small_groups(sizes, disclosure=plan.disclosure)
    # 3 RATES
    points = operating_points(counted, plan)
    # 4 WORST GROUP
    worst = worst_group_thresholds(counted, plan)
    # 6 CURVES
    of_images = described.kind != "scores"
    return AuditResult(
        system=system,
        data=described,
        disclosure=plan.disclosure,
        method=Method(
            groupings=plan.groupings,
            main=plan.main_grouping,
            draws=plan.draws,
            seed=plan.seed,
            confidence=CONFIDENCE,
            min_people=MIN_PEOPLE,
            people_drawn_from=int(np.count_nonzero(data.drawn_from)),
            suspected_from=SUSPECTED_SAME_PERSON if of_images else None,
            same_photograph_from=SAME_PHOTOGRAPH if of_images else None,
            notes=_notes(counted),
        ),
        findings=(*findings, *([small] if small else [])),
        acquisition=_acquisition(counted, plan) if of_images else (),
        points=points,
        worst_group=worst,
        identification=(),
        curves=curves(counted, plan),
        histograms=(),
        trade_off=trade_off(counted, plan),
    )


def _search_thresholds(counted: Counted, plan: Plan) -> tuple[float, ...]:
    """Where searches are measured: the given thresholds, and the one that the formula asks for."""
    asked = []
    for size in plan.gallery_sizes:
        if plan.fpir_target is not None:
            target = fmr_of_search(plan.fpir_target, size)
            edge = counted.edge_at_most(counted.fmr(counted.everything), target)
            asked.append(float(counted.data.edges[-1 if edge is None else edge]))
    return tuple(dict.fromkeys([*plan.thresholds, *asked]))


def _acquisition(counted: Counted, plan: Plan) -> tuple[Cell, ...]:
    """Share of pictures without a usable face, by group; the fast interval is enough here."""
    data = counted.data
    found = []
    for group in (Group(), *(g for by in plan.groupings for g in counted.groups(by))):
        inside = np.isin(data.person_cell, data.cells_of(group))
        failures = data.failures[inside].astype(np.float64)
        trials = failures + data.images[inside]
        if not trials.sum():
            continue
        counts = PersonCounts(failures, trials)
        interval = plug_in_interval(counts)
        given = estimate(
            errors=int(failures.sum()),
            trials=int(trials.sum()),
            people=counts.people,
            in_error=int(np.count_nonzero(failures)),
            not_in_error=int(np.count_nonzero(failures < trials)),
            drawn=np.array([interval.lower, interval.upper]),
            disclosure=plan.disclosure,
            of_comparisons=False,
        )
        found.append(cell(group, given, target=None))
    return tuple(found)


def _attributes(
    labels: Mapping[str, NDArray[np.str_]], people: NDArray[np.int64], disclosure: Disclosure
) -> tuple[Attribute, ...]:
    """How many people and pictures have each value; rare values together where they must be."""
    found = []
    for name, column in labels.items():
        values, code = np.unique(column, return_inverse=True)
        each = [
            AttributeValue(
                str(value), int(np.unique(people[code == n]).size), int((code == n).sum())
            )
            for n, value in enumerate(values)
        ]
        if disclosure is Disclosure.COUNTS:
            shown = [value for value in each if value.people >= FEW_PEOPLE]
            if len(shown) < len(each):
                shown.append(AttributeValue(OTHERS, 0, 0, few=True))
            each = shown
        ordered = sorted(each, key=lambda value: (-value.people, value.value))
        found.append(Attribute(name, tuple(ordered)))
    return tuple(found)


def _notes(counted: Counted) -> tuple[str, ...]:
    data = counted.data
    notes = []
    if not data.drawn_from.all():
        notes.append(
            f"Intervals draw from {np.count_nonzero(data.drawn_from):,} of the people; with all of "
            "them they would be narrower."
        )
    if not data.identities:
        notes.append(
            "Nobody's identity is known. Pairs that look like one person are left out of the main "
            "figures and counted in the figures beside them."
        )
    if data.degrees is not None:
        notes.append(
            "Not everybody was compared with everybody, so no chance level of the ratios is given."
        )
    return tuple(notes)
