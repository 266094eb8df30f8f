"""The report as one HTML file: it works from disk, prints on A4, and loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.audit.report import choosing, parts, plots_groups
from recognizance.audit.report.html import (
    Figure,
    figure,
    folded,
    said,
    section,
    table,
    text,
    whole_page,
)
from recognizance.audit.report.summary import summarise
from recognizance.audit.report.words import count, grouping_name, listed, name_of, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.audit.report.about import About
    from recognizance.audit.result import AuditResult

_GLOSSARY = (
    ("False match", "Two different people are taken for one. FMR is its rate among all pairs."),
    ("Miss", "One person is taken for two (false non-match). FNMR is its rate among mated pairs."),
    ("Mated pair", "Two pictures of the same person; non-mated: of two different people."),
    ("Failure to acquire", "No usable face was found in a picture."),
    (
        "95 % interval",
        (
            "Where the rate of people like these lies, 19 times in 20. People were drawn anew, not "
            "pairs: a person who resembles many is still one person."
        ),
    ),
    ("Upper bound", "The rate is below it, 19 times in 20. A target is kept by the bound."),
    (
        "Established",
        (
            "The upper bound keeps the target. Not established: the measured rate is above it. "
            "Not enough data: the people are too few to tell."
        ),
    ),
)


def page(result: AuditResult, about: About) -> str:
    """Write the whole page."""
    title = f"Error rates by group: {visible(result.system.name)}, on {visible(result.data.name)}"
    body = "".join(
        (
            _header(result, about, title),
            _summary(result),
            _findings(result),
            _acquisition(result),
            parts.false_matches(result),
            parts.across(result),
            parts.inequality(result),
            parts.misses(result),
            choosing.thresholds(result),
            choosing.searches(result),
            choosing.scores(result),
            choosing.normalisation(result),
            _people(result),
            _method(result, about),
        )
    )
    return whole_page(title, body, scripted=bool(result.trade_off.thresholds))


def _header(result: AuditResult, about: About, title: str) -> str:
    by = grouping_name(result.main)
    return (
        f"<header><h1>{text(title)}</h1>"
        f'<p class="intro">An audit of one-to-one comparison scores, by {text(by)}. Measured '
        f"{text(about.made_at[:10])} with {text(about.tool)}. It reports what was measured on "
        "these data and how sure that is; whether that is good enough for a use is decided "
        "elsewhere.</p></header>"
    )


def _summary(result: AuditResult) -> str:
    summary = summarise(result)
    tiles = "".join(
        f"<div><b>{text(tile.figure)}</b><span>{text(tile.words)}</span></div>"
        for tile in summary.tiles
    )
    return (
        '<section id="summary"><h2>Summary</h2>'
        f'<div class="tiles">{tiles}</div>'
        f"<h3>What was measured, and on whom</h3>{said(summary.measured)}"
        f"<h3>What stands out</h3>{said(summary.stands_out)}"
        f"<h3>What was found about the data</h3>{said(summary.found)}"
        f"<h3>What cannot be said</h3>{said(summary.not_said)}</section>\n"
    )


def _findings(result: AuditResult) -> str:
    if not result.findings:
        return section(
            "findings", "Findings about the data", "<p>Nothing odd was found in the labels.</p>"
        )
    rows = [
        (
            finding.sentence,
            finding.attribute or "all",
            Figure(count(finding.count, few=finding.few), look="n"),
            ", ".join(finding.values),
            listed([f"{name_of(group)} {number:,}" for group, number in finding.groups], most=8),
        )
        for finding in result.findings
    ]
    named = [
        f"<details><summary>{text(finding.sentence)}</summary>{said(finding.examples)}</details>"
        for finding in result.findings
        if finding.examples
    ]
    return section(
        "findings",
        "Findings about the data",
        table(
            "Read these before any rate",
            ("What", "Label", "How often", "Values", "By group"),
            rows,
        ),
        *named,
        note="Looked for before anything was measured: labels that are missing, double, misspelt "
        "or mangled, people with two labels, pictures that occur twice, and pairs that look like "
        "one person under two names. What looks odd may be right: somebody has to look.",
    )


def _acquisition(result: AuditResult) -> str:
    plot = plots_groups.acquisition(result, result.main)
    rows = [parts.rate_row(cell) for cell in result.acquisition]
    head = ("Group", "Rate", "95 % interval", "Upper bound", "Failures", "People")
    return section(
        "acquisition",
        "Failures to acquire",
        figure(plot),
        table("Everybody", head, rows[:1]),
        folded("By group", [table("Every way to split people", head, rows[1:])]),
        note="Pictures in which no usable face was found. They are in no other rate.",
    )


def _people(result: AuditResult) -> str:
    rows = [
        (
            visible(each.value) or "unknown",
            attribute.name,
            Figure(count(each.people, few=each.few), None if each.few else each.people),
            Figure(f"{each.images:,}", each.images),
        )
        for attribute in result.data.attributes
        for each in attribute.values
    ]
    return section(
        "people",
        "Who was measured",
        table("People and images by label", ("Value", "Label", "People", "Images"), rows),
        note="Label words are the data set's own.",
    )


def _method(result: AuditResult, about: About) -> str:
    return section(
        "method",
        "Method, versions, digests",
        said(_method_sentences(result)),
        table("What exactly", ("What", "Value"), _facts(result, about)),
        "<h3>Words</h3>",
        table("Words of this report", ("Word", "Meaning"), _GLOSSARY),
        note="Sources: ISO/IEC 19795-1 for the rates; NISTIR 8280 and 8429 for differentials; "
        "Howard and others, arXiv 2203.05051, for Gini and GARBE; Fogliato and others, arXiv "
        "2306.01198, and Snijders and Borgatti, 1999, for intervals. It reports items of the "
        "scope of ISO/IEC 19795-10 and claims no conformance.",
    )


def _method_sentences(result: AuditResult) -> Iterator[str]:
    method = result.method
    yield (
        f"Intervals draw people anew {method.draws:,} times, all groups in the same draw, with the "
        f"seed {method.seed}; confidence {100 * method.confidence:g} %."
    )
    yield (
        "Where no error was seen, the bound is the exact one of so many people, not of so many "
        "pairs."
    )
    yield f"Groups of fewer than {method.min_people} people get no rate."
    if method.suspected_from is not None and not result.data.identities:
        yield (
            f"Two people whose plain cosine is {method.suspected_from:g} or more are suspected to "
            "be one; the rates leave them out and stand beside those that count them."
        )
    if method.same_photograph_from is not None:
        yield (
            f"Two pictures with a plain cosine of {method.same_photograph_from:g} or more are "
            "taken for one picture."
        )
    yield (
        "A target is kept by the lowest threshold whose rate does not exceed it; equal scores move "
        "together."
    )
    yield from method.notes


def _facts(result: AuditResult, about: About) -> Iterator[tuple[str, str]]:
    system, data = result.system, result.data
    pairs = (
        ("System", system.name),
        ("Its version", system.version),
        ("Its score", system.score),
        ("Model (SHA-256)", system.model_id),
        ("Cohort (SHA-256)", system.cohort_id),
        ("Data", data.name),
        ("Data (SHA-256)", data.digest),
        ("Groupings", "; ".join(grouping_name(each) for each in result.method.groupings)),
        ("Disclosure", str(result.disclosure)),
        ("Measured at", about.made_at),
        ("Measured with", about.tool),
        ("Command", about.command),
        *about.versions,
    )
    yield from (pair for pair in pairs if pair[1])
