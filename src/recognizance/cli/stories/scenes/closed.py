"""Scenes without a photograph: what the program does not have, and what was not measured."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations
from typing import TYPE_CHECKING

from recognizance.cli.stories.deciding import case_of, submission_as
from recognizance.cli.stories.figures import children_measured
from recognizance.cli.stories.scenes.common import case_name
from recognizance.desk import Desk
from recognizance.gate.decide import decide
from recognizance.gate.permit import Target
from recognizance.types import Features, Operation, Outcome, Quality
from recognizance.uses import Answer

if TYPE_CHECKING:
    from recognizance.cli.stories.stage import Stage
    from recognizance.cli.stories.story import Ask

WITHOUT: dict[str, dict[str, object]] = {
    "HR-01": {"infer": []},
    "HR-02": {"alert.group": False},
    "HR-03": {"wl.criteria": ["incident", "ban"]},
}
"""How the request would have to be rewritten for each of the three rules to have nothing to say."""

PLAIN_SCORES = (
    "the 45 times in the rule's source were measured on plain scores; these are normalised by the "
    "cohort, as the program uses them"
)
"""Why the figure here is not the one that the rule names."""

TRAITS = ("race", "ethnic", "religion", "sex", "gender", "emotion", "group", "gather", "crowd")
"""No operation, answer or feature of the program is named after one of these."""


def nothing_that_could(stage: Stage, ask: Ask) -> str:
    """Each of three rules refuses alone, and the program holds nothing that could do it anyway."""
    case, bundle = case_of(case_name(ask)), stage.workspace.bundle
    for left_out in combinations(WITHOUT, 2):
        changes: dict[str, object] = {}
        for rule in left_out:
            changes |= WITHOUT[rule]
        decision = decide(bundle, submission_as(case, changes), at=case.at)
        (remaining,) = WITHOUT.keys() - set(left_out)
        refusing = {fired.rule_id for fired in decision.deciding}
        stage.must(
            decision.outcome is Outcome.REFUSE and remaining in refusing,
            f"Without what {' and '.join(left_out)} forbid it was not refused by {remaining}.",
        )
        stage.tell(
            "stop",
            "still refused",
            f"rewritten so that {' and '.join(left_out)} have nothing to say",
            f"{remaining} refuses it alone",
        )
    desk = [name for name in vars(Desk) if not name.startswith("_")]
    for what, names in (
        ("All that a permit can allow", [operation.value for operation in Operation]),
        ("All that the desk can be asked to do", desk),
        ("All that an answer can hold", [each.name for each in fields(Answer)]),
        ("All that is kept of a face", [each.name for each in fields(Features)]),
        ("All that is measured of a picture", [each.name for each in fields(Quality)]),
    ):
        named = [name for name in names if any(trait in name for trait in TRAITS)]
        stage.must(not named, f"There is something named {', '.join(named)}.")
        stage.tell("plain", "closed list", what, ", ".join(names).replace("_", " "))
    return (
        "Each of the three rules refuses it alone; and no operation, answer or feature of the "
        "program is about a trait, a group or a gathering."
    )


def what_was_measured_of_children(stage: Stage, ask: Ask) -> str:
    """What the evidence holds about children, figure by figure, and what is missing in it."""
    measured = ask.measured
    if measured is None:
        stage.must(False, "The book names no error rate.")
        return ""
    workspace = stage.workspace
    threshold = workspace.threshold_of(
        Target(measured.rate, measured.target_ppb, measured.gallery_size)
    )
    figures = children_measured(workspace.evidence, threshold)
    for figure, words in figures:
        stage.tell("plain", figure, words, *([PLAIN_SCORES] if figure == "aged 3-9" else []))
    pairs = sum(
        cell.pairs
        for cell in workspace.evidence.mated
        if cell.labels.get("age", "").startswith("3")
    )
    stage.must(pairs == 0, "The evidence measures children now: tell this story anew.")
    setting = [
        group
        for group in threshold.fmr_by_group
        if dict(group.labels).get("age") in {"0-2", "3-9"} and group.sets_threshold
    ]
    stage.must(not setting, "Children's figures set a threshold now: tell this story anew.")
    stage.tell(
        "stop",
        "not known",
        "whether a child of eight who walks by would be found: the evidence holds no two pictures "
        "of one child",
        "a search that misses the child costs the hours in which people stop looking",
    )
    return (
        "Nothing was run. Of children the evidence knows how often strangers are confused, and not "
        "whether the one who is sought would be found."
    )
