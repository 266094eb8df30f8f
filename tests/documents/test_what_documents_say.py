"""No field is invented: filled from the source that it names, or marked as missing."""

from html import escape

import pytest
from document_sources import (
    STATABLE,
    all_documents,
    decision,
    everything,
    full_sources,
    value_of,
    without,
)
from hypothesis import given
from hypothesis import strategies as st

from recognizance.documents import KINDS, Document, Item, Section, Sources
from recognizance.documents import to_html as html_of
from recognizance.documents import to_markdown as markdown_of
from recognizance.documents.markdown import escaped
from recognizance.gate.submission import submission_from

COMPLETE = all_documents(Sources(submission_from(everything())))


def items(document):
    return list(document.items())


def fixed(document):
    """What a document says whatever was handed over."""
    return (
        document.kind,
        document.title,
        document.intro,
        [(s.heading, s.note, [item.label for item in s.items]) for s in document.sections],
    )


@given(names=st.sets(st.sampled_from(STATABLE), max_size=40), unknown=st.booleans())
def test_fields_that_were_not_stated_are_marked_and_nothing_else_changes(names, unknown):
    gone = {f"submission: {name}" for name in names}
    for kind, document in all_documents(Sources(without(names, unknown=unknown))).items():
        assert fixed(document) == fixed(COMPLETE[kind])
        for item, before in zip(items(document), items(COMPLETE[kind]), strict=True):
            if before.source in gone:
                assert item.missing
                assert item.source.removeprefix("submission: ") in item.ask
            else:
                assert item == before


@pytest.mark.parametrize("name", STATABLE)
def test_a_field_changes_nothing_but_the_items_that_name_it(name):
    changed = submission_from(everything() | {name: value_of(name, 1)})
    for kind, document in all_documents(Sources(changed)).items():
        assert fixed(document) == fixed(COMPLETE[kind])
        for item, before in zip(items(document), items(COMPLETE[kind]), strict=True):
            if before.source != f"submission: {name}":
                assert item == before


def test_everything_that_was_stated_is_filled():
    for document in COMPLETE.values():
        for item in items(document):
            assert item.missing != item.source.startswith("submission: ")


def test_a_decision_a_permit_and_evidence_change_no_stated_field():
    facts = full_sources()
    alone = all_documents(Sources(facts.submission))
    for kind, document in all_documents(facts).items():
        assert fixed(document) == fixed(alone[kind])
        for item, before in zip(items(document), items(alone[kind]), strict=True):
            if before.source.startswith("submission: "):
                assert item == before


def test_with_every_source_only_what_nobody_else_can_know_is_missing():
    for document in all_documents(full_sources()).values():
        for gap in document.gaps:
            assert not gap.source or gap.label == "Misses: intervals"


def test_silence_of_a_request_is_not_told_as_an_answer():
    # The gate reads silence about traits as "none asked for"; a document says only what was said.
    submission = without({"infer", "action.auto", "alert.group"})
    facts = Sources(submission, decision(submission))
    asked = {"submission: infer", "submission: action.auto", "submission: alert.group"}
    for document in all_documents(facts).values():
        assert all(item.missing for item in items(document) if item.source in asked)


def test_a_text_that_was_only_ticked_is_missing():
    facts = Sources(submission_from(everything(place__why=True)))
    told = [i for d in all_documents(facts).values() for i in items(d) if i.source.endswith(".why")]
    assert told
    assert all(item.missing for item in told)


def test_both_formats_mark_every_gap_and_say_what_to_state_and_where():
    for document in all_documents(Sources(without(set(STATABLE)))).values():
        markdown, html = markdown_of(document), html_of(document)
        assert markdown.count("**MISSING:** ") == len(document.gaps)
        assert html.count("<strong>MISSING:</strong> ") == len(document.gaps)
        for gap in document.gaps:
            assert f"**MISSING:** {escaped(gap.ask)}\n" in markdown
            assert f"<strong>MISSING:</strong> {escape(gap.ask)}</dd>" in html


def test_both_formats_show_the_source_of_every_value():
    for document in all_documents(full_sources()).values():
        markdown, html = markdown_of(document), html_of(document)
        assert markdown.count("*From ") == document.filled
        assert html.count('class="source">From ') == document.filled


def test_every_document_is_there_and_none_is_without_its_parts():
    assert set(COMPLETE) == set(KINDS)
    headings = {kind: [s.heading for s in d.sections] for kind, d in COMPLETE.items()}
    assert [h[:3] for h in headings["fria"]] == [f"({letter})" for letter in "abcdef"]
    steps = {int(h[5]) for h in headings["dpia"] if h.startswith("Step ")}
    assert steps == {1, 2, 3, 4, 5, 6, 7}
    assert "People who are on no list" in headings["dpia"]
    assert {h[:3] for h in headings["washington"]} == {f"({letter})" for letter in "abcdefgh"}
    assert {h.split(":")[0].split(",")[0] for h in headings["atrs"]} == {"Tier 1", "Tier 2"}
    assert headings["model_card"] == [
        "Model details",
        "Intended use",
        "Factors",
        "Metrics",
        "Evaluation data",
        "Training data",
        "Quantitative analyses",
        "Ethical considerations",
        "Caveats and recommendations",
    ]


def test_a_document_counts_what_it_holds():
    item, gap = Item("A", "b", "c", "d"), Item("A", None, "c", "d")
    document = Document("k", "T", "I", (Section("S", (item, gap)), Section("R", (gap,))))
    assert (document.filled, document.gaps) == (1, (gap, gap))
