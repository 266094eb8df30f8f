"""`recognizance gate rules, timeline, compare`: read the rules. Decides nothing anew."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, grid, line, outcome, table
from recognizance.cli.gate.common import AtOption, app
from recognizance.gate.cards import Effect, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType
    from rich.text import Text

    from recognizance.gate.browse import Near
    from recognizance.gate.cards import Card
    from recognizance.gate.cases import Case
    from recognizance.gate.packs import Compared, Pack, Verdict
    from recognizance.gate.timeline import Turn

_DAY = ["%Y-%m-%d"]
_SHORT = {"permit_with_conditions": "conditions"}
"""Outcomes that stand in a narrow column."""


def _cases(*, every: bool) -> list[Case]:
    """The shipped cases: the stories, or all."""
    from recognizance.gate.bundle import rules_root
    from recognizance.gate.cases import load_case

    cases = map(load_case, sorted((rules_root() / "cases").glob("*.toml")))
    return [case for case in cases if every or case.story]


# ---- rules ----------------------------------------------------------------------------------


@app.command("rules")
def rules(
    rule_id: Annotated[str, typer.Argument(help="Show this one card whole.")] = "",
    jurisdiction: Annotated[
        str, typer.Option(help="Rules that may apply there: EU, GB, US-WA, ...")
    ] = "",
    setting: Annotated[
        str, typer.Option(help="Rules that may apply to it: prison, police, shop, ...")
    ] = "",
    at: AtOption = None,
    effect: Annotated[Effect | None, typer.Option(help="Rules that do this.")] = None,
    mark: Annotated[
        Mark | None, typer.Option(help="Source read (V), second-hand (S) or from memory (M).")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the rules, or show one card with the cases that it decides."""
    from recognizance.gate.browse import Filter, browse, cases_of, rule
    from recognizance.gate.bundle import load_bundle, rules_root

    bundle = load_bundle()
    if rule_id:
        card = rule(bundle, rule_id)
        decided, beside = cases_of(bundle, card, rules_root() / "cases")
        emit(
            {
                **_card_dict(card),
                "decides": [near.as_dict() for near in decided],
                "near_misses": [near.as_dict() for near in beside],
            },
            as_json,
            *_card_text(card, decided, beside),
        )
        return
    day = at.date() if at is not None else None
    cards = browse(bundle, Filter(jurisdiction, setting, day, effect, mark))
    emit([_card_dict(card) for card in cards], as_json, *_cards_text(cards))


def _card_dict(card: Card) -> dict[str, object]:
    from recognizance.gate.browse import where

    return {
        "rule": card.rule_id,
        "title": card.title,
        "where": where(card),
        "mark": card.mark.value,
        "source": card.source,
        "legal_from": card.legal_from.isoformat() if card.legal_from else None,
        "legal_until": card.legal_until.isoformat() if card.legal_until else None,
        "house_numbers": card.house_numbers,
        "clauses": [
            {
                "id": clause.clause_id,
                "effect": clause.effect.value,
                "when": " ".join(clause.text.split()),
                "reason": clause.reason,
                "hook": clause.hook,
                "parameters": dict(clause.parameters),
                "needs": list(clause.needs),
            }
            for clause in card.clauses
        ],
    }


def _cards_text(cards: tuple[Card, ...]) -> Iterator[RenderableType]:
    from recognizance.gate.browse import where

    yield table(
        None,
        ("rule", "title", "where", "effects", ""),
        (
            (
                line((card.rule_id, "bold")),
                card.title + (" \u2248" if card.house_numbers else ""),
                line((where(card), "dim")),
                line((", ".join(dict.fromkeys(c.effect.value for c in card.clauses)), "dim")),
                card.mark.value,
            )
            for card in cards
        ),
    )
    yield line(
        (f"{len(cards)} rules", "bold"), ("  recognizance gate rules HR-07: one card", "dim")
    )


def _card_text(
    card: Card, decided: tuple[Near, ...], beside: tuple[Near, ...]
) -> Iterator[RenderableType]:
    from recognizance.gate.browse import where

    yield line((card.rule_id, "bold"), f"  {card.title}")
    about = [("where", where(card)), ("source", f"{card.source} [{card.mark.value}]")]
    if card.legal_from:
        about.append(("from", card.legal_from.isoformat()))
    if card.legal_until:
        about.append(("until", card.legal_until.isoformat()))
    if card.house_numbers:
        about.append(("\u2248", "holds a number of our own"))
    yield grid((line((name, "dim")), line(text)) for name, text in about)
    for clause in card.clauses:
        details = ", ".join(f"{name} {value}" for name, value in clause.parameters.items())
        hook = f"\nat run time: {clause.hook}" + (f" ({details})" if details else "")
        yield grid(
            [
                (
                    line((clause.effect.value, "bold")),
                    line(
                        clause.reason,
                        (f"\nwhen {' '.join(clause.text.split())}", "dim"),
                        (hook if clause.hook else "", "dim"),
                    ),
                )
            ]
        )
    for word, cases in (("decides", decided), ("near misses", beside)):
        yield line((f"{word}: {len(cases)} cases", "bold"))
        yield grid((line(near.case_id), outcome(near.outcome)) for near in cases)


# ---- timeline -------------------------------------------------------------------------------


@app.command("timeline")
def timeline(
    since: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="From this day on.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=_DAY, help="Up to this day.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All cases, not only the stories.")] = False,
    as_json: Json = False,
) -> None:
    """Say on which days rules and table entries begin or end, and which stories then change."""
    from recognizance.gate.bundle import load_bundle
    from recognizance.gate.timeline import timeline as turns_of

    turns = turns_of(
        load_bundle(),
        _cases(every=every),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    emit([turn.as_dict() for turn in turns], as_json, *map(_turn_text, turns))


def _turn_text(turn: Turn) -> RenderableType:
    rows: list[tuple[Text, Text]] = [
        (line((word, "dim")), line(said))
        for word, entries in (("begins", turn.begins), ("ends", turn.ends))
        for said in entries
    ]
    rows += [
        (
            line(("case", "dim")),
            line(case.case_id, ": ", outcome(case.before), " -> ", outcome(case.after)),
        )
        for case in turn.cases
    ]
    day = line((turn.day.isoformat(), "bold"))
    return grid((day if not place else line(""), *row) for place, row in enumerate(rows))


# ---- compare --------------------------------------------------------------------------------


@app.command("compare")
def compare(
    packs: Annotated[
        str, typer.Option("--packs", help="Vendors' packs, with commas; by default all.")
    ] = "",
    case: Annotated[
        list[Path] | None, typer.Option("--case", help="A case file; by default the stories.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All cases, not only the stories.")] = False,
    as_json: Json = False,
) -> None:
    """Put the stories to the house rules and, beside them, to what vendors say. Only informs."""
    from recognizance.gate.bundle import load_bundle
    from recognizance.gate.cases import load_case
    from recognizance.gate.packs import ONLY_INFORM, load_pack, pack_names
    from recognizance.gate.packs import compare as compared

    names = [name.strip() for name in packs.split(",") if name.strip()] or pack_names()
    loaded = [load_pack(name) for name in names]
    cases = [load_case(path) for path in case] if case else _cases(every=every)
    rows = compared(load_bundle(), loaded, cases)
    emit(
        {
            "note": ONLY_INFORM,
            "packs": [_pack_dict(pack) for pack in loaded],
            "cases": [row.as_dict() for row in rows],
        },
        as_json,
        table(
            None,
            ("case", "house", *(pack.name for pack in loaded)),
            (_compared_row(row) for row in rows),
        ),
        grid(
            (
                line((pack.name, "bold")),
                line(
                    f"{pack.vendor}, read {pack.as_of}: {pack.source} ",
                    (f"[{'/'.join(sorted({card.mark.value for card in pack.cards}))}]", "dim"),
                ),
            )
            for pack in loaded
        ),
        line((ONLY_INFORM, "bold")),
    )


def _pack_dict(pack: Pack) -> dict[str, object]:
    return {
        "name": pack.name,
        "vendor": pack.vendor,
        "as_of": pack.as_of.isoformat(),
        "source": pack.source,
        "cards": [_card_dict(card) for card in pack.cards],
    }


def _compared_row(row: Compared) -> list[object]:
    house = outcome(row.house.outcome)
    house.plain = _SHORT.get(row.house.outcome, house.plain)
    return [row.case_id, house, *(_verdict(verdict) for verdict in row.packs.values())]


def _verdict(verdict: Verdict) -> Text:
    from recognizance.gate.packs import NO_OBJECTION

    if verdict.outcome == NO_OBJECTION:
        return line((verdict.outcome, "dim"))
    said = outcome(verdict.outcome)
    if verdict.rules:
        said.append_text(line((f"\n{' '.join(verdict.rules)}", "dim")))
    return said
