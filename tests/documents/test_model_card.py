"""The model card's figures are those of the evidence, with bounds and denominators."""

import re
from dataclasses import replace

import pytest
from document_sources import (
    everything,
    evidence,
    full_sources,
    permit,
    warrant_submission,
)

from recognizance.documents import Sources, Table, make
from recognizance.documents.words import in_words, share
from recognizance.errors import TargetUnsupportedError
from recognizance.evidence import LADDER_PPB, threshold_for
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN
from recognizance.gate.permit import Target
from recognizance.gate.submission import submission_from
from recognizance.types import ErrorRate


def tables(facts):
    card = make("model_card", facts, published=True)
    return {item.label: item.value for item in card.items() if isinstance(item.value, Table)}


def measured():
    return Sources(submission_from(everything(ev__model_id="unknown")), evidence=evidence())


def test_every_group_and_intersection_that_was_measured_stands_in_one_table():
    found = tables(measured())
    told = [
        row[0].removesuffix(" (sets no threshold)")
        for label, table in found.items()
        if label.startswith("False matches")
        for row in table.rows
    ]
    assert sorted(told) == sorted(cell.name for cell in evidence().non_mated)
    crossed = {row[0] for row in found["False matches by intersection of groups"].rows}
    assert "FairFace: Black, female" in crossed


def test_a_rate_stands_with_its_bound_and_with_the_pairs_and_people_behind_it():
    for label, table in tables(measured()).items():
        if not label.startswith("False matches"):
            continue
        assert table.head[:3] == ("Group", "People", "Pairs")
        for row in table.rows:
            assert all(int(number.replace(",", "")) > 0 for number in row[1:3])
            for cell in row[3:]:
                assert cell == "\N{EN DASH}" or re.fullmatch(r"\S+ %, at most \S+ %", cell)


def test_the_permits_target_decides_where_the_figures_are_read():
    target = full_sources().permit.target
    threshold = threshold_for(evidence(), target.rate, target.target_ppb, target.gallery_size)
    found = tables(full_sources())
    group = next(g for g in threshold.fmr_by_group if g.group == "LFW: female")
    row = next(r for r in found["False matches by group"].rows if r[0] == "LFW: female")
    assert row == (
        "LFW: female",
        f"{group.people:,}",
        f"{group.pairs:,}",
        f"{100 * group.fmr:.3g} %, at most {100 * group.upper:.3g} %",
    )
    assert any(f"{threshold.score:.6g}" in row for t in found.values() for row in t.rows)


def test_without_a_permit_the_figures_stand_at_rates_of_the_ladder_that_are_supported():
    head = tables(measured())["False matches by group"].head
    assert head[3:] == tuple(f"At 1 in {10**9 // rung:,}" for rung in LADDER_PPB[::2])


def test_groups_with_too_few_pairs_have_no_figure():
    threshold = threshold_for(evidence(), ErrorRate.FMR, LADDER_PPB[4])
    rows = tables(measured())["False matches by group"].rows
    few = {row[0].removesuffix(" (sets no threshold)") for row in rows if row[5] == "\N{EN DASH}"}
    assert few
    assert few <= set(threshold.not_measured)


def test_the_data_are_named():
    named = {row[0] for row in tables(measured())["Data sets"].rows}
    assert named == {each.name for each in evidence().data_sets}


def test_without_evidence_every_figure_is_missing():
    card = make("model_card", Sources(warrant_submission()), published=True)
    figures = [item for item in card.items() if item.source.startswith("evidence: ")]
    assert figures
    assert all(item.missing for item in figures)


def test_evidence_without_groups_leaves_those_tables_missing():
    everybody = tuple(c for c in evidence().non_mated if not c.labels)
    bare = replace(evidence(), non_mated=everybody, mated=(), differentials=())
    card = make("model_card", replace(measured(), evidence=bare), published=True)
    gaps = {gap.label for gap in card.gaps}
    assert {"False matches by group", "Misses by group", "Worst over best group"} <= gaps
    assert "False matches: everybody" not in gaps


def test_a_target_below_the_evidence_gives_no_card():
    submission = warrant_submission()
    strict = permit(submission, target=Target(ErrorRate.FPIR, 100, 1000))
    with pytest.raises(TargetUnsupportedError):
        make("model_card", Sources(submission, permit=strict, evidence=evidence()), published=True)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ret.nonmatch_s", 1, "1 second"),
        ("ret.match_h", 0, "0 hours"),
        ("ev.age_d", 1200, "1,200 days"),
        ("auth.offence_max_y", 4, "4 years"),
        ("wl.size", 5000, "5,000"),
        ("ev.fpir_max_ub", 800_000, "0.08 % (1 in 1,250)"),
        ("ev.tpr_min", 985_000_000, "98.5 %"),
        ("ev.ratio_lb", 1_600_000_000, "1.6"),
        ("ev.threshold", -310_000_000, "-0.31"),
        ("infer", frozenset(), "none"),
        ("pop.kind", frozenset({"staff"}), "staff"),
        ("cam.kind", frozenset({"fixed", "body"}), ("body-worn", "fixed")),
        ("op.city", "san francisco", "San Francisco"),
        ("op.city", "none", "none"),
        ("auth.expires", "2026-12-31", "2026-12-31"),
        ("place.why", "stated", None),
        ("notice", UNKNOWN, None),
    ],
)
def test_values_are_told_in_plain_words_with_their_unit(name, value, words):
    assert in_words(FIELDS[name], value) == words


def test_a_share_of_nothing_is_nothing():
    assert share(0.0) == "0 %"
