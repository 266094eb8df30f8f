"""The stories' page: one self-contained HTML file, readable from disk, printable."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from recognizance.cli.stories.style import STYLE
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recognizance.cli.demo.story import Picture
    from recognizance.cli.stories.told import Decided, Ran, Reason, Step, ToldAsk, ToldStory

MARK = {
    Outcome.REFUSE: "stop",
    Outcome.INCOMPLETE: "held",
    Outcome.PERMIT_WITH_CONDITIONS: "good",
    Outcome.PERMIT: "good",
}
WORDS = {
    Outcome.REFUSE: "Refused",
    Outcome.INCOMPLETE: "Incomplete",
    Outcome.PERMIT_WITH_CONDITIONS: "Permitted on conditions",
    Outcome.PERMIT: "Permitted",
}
NO_PERMIT = "No permit needed"

HOW_TO_READ = (
    "Each request is a whole submission, put to the rules as the applicant states it. Where the "
    "answer rests on error rates, it is put once more with what was measured of the model that "
    "ships: whoever asks in earnest is decided on those figures and not on a brochure's. What may "
    "run is then run, through the same desk and the same models as everything else."
)
REHEARSED = (
    "Where the measured figures refuse, nothing is run in earnest. What the conditions do is then "
    "shown as a trial of the same request: a permit of one day for these photographs alone, from "
    "which no action follows and which is evidence of nothing."
)
CAST_WORDS = (
    "The same six portraits of public figures play every part, under the names Person A to "
    "Person D. Nothing on this page says anything about them: they stand in for people whose "
    "photographs may not be shown."
)


def page(stories: Sequence[ToldStory], cast: Sequence[Picture], made_at: str) -> str:
    """The whole page.

    Args:
        stories: What was decided and run, in order.
        cast: The photographs that play the parts; empty where nothing was run.
        made_at: When.
    """
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta http-equiv='Content-Security-Policy' "
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>Recognizance: {len(stories)} settings</title><style>{STYLE}</style></head>"
        "<body><main><header><h1>Who may look for a face, and what then happens</h1>"
        f"<p class='lead'>{escape(HOW_TO_READ)}</p><p class='lead'>{escape(REHEARSED)}</p>"
        f"{_summary(stories)}</header>{_overview(stories)}{_cast(cast)}"
        f"{''.join(map(_story, stories))}"
        f"<footer>Made {escape(made_at)} on this machine; nothing left it. Not legal advice: the "
        "rules restate law and policy as read on 22 November 2026. Mark V: read in the text; "
        "S: second-hand; M: from memory.</footer></main></body></html>"
    )


def tag(decided: Decided | None) -> str:
    """The outcome as a coloured word."""
    if decided is None:
        return f"<span class='tag plain'>{NO_PERMIT}</span>"
    return f"<span class='tag {MARK[decided.outcome]}'>{WORDS[decided.outcome]}</span>"


def what_came_of_it(told: ToldAsk) -> str:
    """What happened when it was run, or why it was not permitted: one cell of a table."""
    if told.ran is not None:
        return told.ran.problem or told.ran.ending
    if told.decided is None:
        return "Not run this time."
    if not told.decided.first:
        return ""
    last = told.measured or told.decided
    if MARK[last.outcome] == "good":
        return f"Conditions of {len(last.first) + len(last.others)} rules; not run this time."
    return _first_reason(told.decided if MARK[told.decided.outcome] != "good" else last)


def measured_words(told: ToldAsk) -> str:
    """What the gate answers with measured figures and by which rules; empty where none decide."""
    if told.measured is None:
        return ""
    words = WORDS[told.measured.outcome]
    if MARK[told.measured.outcome] == "good" or told.ask.measured is None:
        return words
    return f"{words} ({', '.join(told.ask.measured.rules)})"


def _first_reason(decided: Decided) -> str:
    return decided.first[0].sentences[0] if decided.first else ""


# ---- the head of the page -------------------------------------------------------------------


def _summary(stories: Sequence[ToldStory]) -> str:
    asks = [ask for story in stories for ask in story.asks]
    outcomes = [ask.decided.outcome for ask in asks if ask.decided is not None]
    measured = [ask.measured for ask in asks if ask.measured is not None]
    ran = [ask.ran for ask in asks if ask.ran is not None and ask.ran.root]
    cells = (
        (len(outcomes), f"requests decided, in {len(stories)} settings"),
        (outcomes.count(Outcome.REFUSE), "refused"),
        (outcomes.count(Outcome.INCOMPLETE), "incomplete"),
        (
            sum(MARK[outcome] == "good" for outcome in outcomes),
            "permitted on conditions, on the figures stated",
        ),
        (
            sum(MARK[each.outcome] == "good" for each in measured),
            "of those also on the figures measured",
        ),
        (len(ran), f"run to their end, {sum(each.rehearsed for each in ran)} of them as a trial"),
    )
    shown = (f"<div><b>{figure}</b><span>{escape(words)}</span></div>" for figure, words in cells)
    return f"<div class='summary'>{''.join(shown)}</div>"


def _overview(stories: Sequence[ToldStory]) -> str:
    rows = "".join(
        f"<tbody>{''.join(_overview_row(story, place) for place in range(len(story.asks)))}</tbody>"
        for story in stories
    )
    heads = "".join(
        f"<th scope='col'>{head}</th>"
        for head in ("Setting", "Asked", "Outcome", "Rules", "Why, or what happened when run")
    )
    return (
        "<h2 class='part'>All of it in one table</h2>"
        f"<table class='overview'><thead><tr>{heads}</tr></thead>{rows}</table>"
    )


def _overview_row(story: ToldStory, place: int) -> str:
    told = story.asks[place]
    name = f"<a href='#story-{story.number}'>{escape(story.story.setting)}</a>"
    cells = (
        "" if place else name,
        escape(told.ask.asked),
        tag(told.decided) + _measured_tag(told),
        escape(", ".join(told.ask.rules)),
        escape(what_came_of_it(told)),
    )
    kinds = ("", "", "", " class='rules'", "")
    return (
        "<tr>"
        + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, cells, strict=True))
        + "</tr>"
    )


def _measured_tag(told: ToldAsk) -> str:
    words = measured_words(told)
    if told.measured is None or not words:
        return ""
    mark = MARK[told.measured.outcome]
    if mark == "good":
        return "<span class='then'>as stated and as measured</span>"
    return (
        "<span class='then'>as stated; as measured:</span>"
        f"<span class='tag {mark}'>{escape(words)}</span>"
    )


def _cast(cast: Sequence[Picture]) -> str:
    if not cast:
        return ""
    return (
        f"<h2 class='part'>Who plays</h2><p class='why'>{escape(CAST_WORDS)}</p>"
        f"<div class='cast'>{''.join(map(_picture, cast))}</div>"
    )


def _picture(picture: Picture) -> str:
    data = base64.b64encode(picture.jpeg).decode("ascii")
    return (
        f"<figure><img alt='{escape(picture.caption)}' src='data:image/jpeg;base64,{data}'>"
        f"<figcaption>{escape(picture.caption)}<small>{escape(picture.credit)}</small>"
        "</figcaption></figure>"
    )


# ---- a story --------------------------------------------------------------------------------


def _story(told: ToldStory) -> str:
    story = told.story
    return (
        f"<article id='story-{told.number}'><header><span class='no'>{told.number}</span>"
        f"<p class='setting'>{escape(story.setting)}</p><h2>{escape(story.title)}</h2></header>"
        f"<p class='told'>{escape(story.told)}</p>"
        f"{_asks(told.asks)}"
        f"{''.join(_ran(each) for each in told.asks)}</article>"
    )


def _asks(asks: Sequence[ToldAsk]) -> str:
    """Side by side: what is not permitted on the left, what is on the right."""
    not_given = [each for each in asks if not _given(each)]
    given = [each for each in asks if _given(each)]
    if not (given and not_given):
        return f"<div class='asks'>{''.join(map(_ask, asks))}</div>"
    sides = (f"<div class='side'>{''.join(map(_ask, side))}</div>" for side in (not_given, given))
    return f"<div class='asks two'>{''.join(sides)}</div>"


def _given(told: ToldAsk) -> bool:
    return told.decided is None or MARK[told.decided.outcome] == "good"


def _ask(told: ToldAsk) -> str:
    return (
        f"<section class='ask is-{_final_mark(told)}'>{tag(told.decided)}{_measured_tag(told)}"
        f"<h3>{escape(told.ask.asked)}</h3>{_asker(told)}"
        f"{_decided(told.decided)}{_measured(told)}{_problems(told)}</section>"
    )


def _asker(told: ToldAsk) -> str:
    asker = told.decided.asker if told.decided else ""
    return f"<p class='asker'>{escape(asker)}</p>" if asker else ""


def _final_mark(told: ToldAsk) -> str:
    """The colour of a request is that of the answer in earnest, where measured figures decide."""
    last = told.measured or told.decided
    return "plain" if last is None else MARK[last.outcome]


def _decided(decided: Decided | None) -> str:
    if decided is None:
        return "<p>Hiding faces identifies nobody, so it needs no permit. It is recorded.</p>"
    missing = ""
    if decided.missing:
        items = "".join(f"<li>{escape(question)}</li>" for question in decided.missing)
        missing = f"<p class='missing-head'>Missing:</p><ul class='missing'>{items}</ul>"
    more = ""
    if decided.others:
        what = "condition" if MARK[decided.outcome] == "good" else "rule"
        count = f"{len(decided.others)} more {what}{'s' if len(decided.others) > 1 else ''}"
        more = f"<details><summary>{count}</summary>{_reasons(decided.others)}</details>"
    return f"{_reasons(decided.first)}{missing}{more}"


def _reasons(reasons: Iterable[Reason]) -> str:
    items = "".join(
        f"<li><span class='rule'>{escape(each.rule_id)}</span>{escape(' '.join(each.sentences))}"
        + (
            f"<span class='source'>{escape(each.source)} ({escape(each.mark)})</span>"
            if each.source
            else ""
        )
        + "</li>"
        for each in reasons
    )
    return f"<ul class='reasons'>{items}</ul>"


def _measured(told: ToldAsk) -> str:
    measured = told.measured
    if measured is None:
        return ""
    if MARK[measured.outcome] == "good":
        words = "<p>No measured figure stands in the way of this use.</p>"
    else:
        words = _reasons(measured.first) + "".join(
            f"<p>{escape(figure)}</p>" for figure in measured.figures
        )
    return (
        "<div class='measured'><h4>With the figures measured of the model that ships: "
        f"{WORDS[measured.outcome].lower()}</h4>{words}</div>"
    )


def _problems(told: ToldAsk) -> str:
    return "".join(f"<p class='broken'>{escape(words)}</p>" for words in told.problems)


def _ran(told: ToldAsk) -> str:
    ran = told.ran
    if ran is None:
        return ""
    return (
        f"<section class='ran'><h3>{escape(told.ask.asked)}: "
        f"{'what happened' if ran.root else 'what was found'}</h3>"
        f"<p class='ending'>{escape(ran.problem or ran.ending)}</p>"
        f"<div class='made'>{''.join(map(_picture, ran.pictures))}</div>"
        f"<div class='rows'>{''.join(map(_step, ran.steps))}</div>"
        + (f"<p class='ledger'>{escape(ran.root)}</p>" if ran.root else "")
        + f"{_receipts(ran)}</section>"
    )


def _step(step: Step) -> str:
    items = "".join(f"<li>{escape(detail)}</li>" for detail in step.details)
    details = f"<ul class='details'>{items}</ul>" if items else ""
    entry = f"<code class='entry'>{escape(step.entry)}</code>" if step.entry else "<span></span>"
    return (
        f"<div class='row'><span class='tag {escape(step.mark)}'>{escape(step.outcome)}</span>"
        f"<div><div class='about'>{escape(step.about)}</div>{details}</div>{entry}</div>"
    )


def _receipts(ran: Ran) -> str:
    if not ran.receipts:
        return ""
    shown = "".join(
        f"<p class='ledger'>{escape(each.entry)}: {escape(each.about)}</p>"
        f"<pre>{escape(each.text)}</pre>"
        for each in ran.receipts
    )
    return (
        "<details class='receipts'><summary>Receipts: proof that these entries stand in the "
        f"ledger</summary>{shown}</details>"
    )
