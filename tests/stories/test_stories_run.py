"""The whole of it, on the credited portraits: every scene ends as written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.cli.stories.book import STORIES
from recognizance.cli.stories.page import page
from recognizance.cli.stories.play import pictures_of, play
from recognizance.cli.stories.scenes import SCENES
from recognizance.cli.stories.scenes.school import TILE_HW, tile
from recognizance.settings import load_settings


@pytest.fixture(scope="module")
def told(portraits):
    return play(load_settings(), portraits)


def steps_of(told, scene):
    (ran,) = (each.ran for story in told for each in story.asks if each.ask.scene == scene)
    return [step.outcome for step in ran.steps]


def test_every_story_ends_as_written(told):
    assert [words for story in told for each in story.asks for words in each.problems] == []


def test_every_scene_is_played_and_says_how_it_ended(told):
    ran = {each.ask.scene: each.ran for story in told for each in story.asks if each.ran}
    assert ran.keys() == SCENES.keys()
    assert all(each.ending.endswith(".") and each.steps for each in ran.values())


def test_each_run_is_in_a_ledger_that_verifies_and_shows_its_receipts(told):
    for each in (each for story in told for each in story.asks if each.ran):
        if SCENES[each.ask.scene].needs_engine:
            assert "checked again" in each.ran.root
            assert each.ran.receipts or each.ask.case is None
            assert all("c2sp.org/tlog-proof" in receipt.text for receipt in each.ran.receipts)


def test_two_reviewers_speak_before_a_named_person_is_confirmed_and_exported(told):
    steps = steps_of(told, "named_person_in_footage")
    assert steps.index("one says yes") < steps.index("confirmed") < steps.index("exported")
    assert steps[steps.index("exported") - 1] == "refused"  # without independent evidence


def test_a_contested_lead_stays_blocked_until_a_third_person_has_answered(told):
    steps = steps_of(told, "prison_gate")
    contested, overturned = steps.index("contested"), steps.index("overturned")
    assert steps[contested + 1] == "blocked"
    assert contested < overturned
    assert "exported" not in steps


def test_the_list_of_the_missing_is_destroyed_at_the_end_of_the_hours(told):
    steps = steps_of(told, "missing_adult")
    assert steps.index("confirmed") < steps.index("list destroyed") < steps.index("published")


def test_a_stolen_code_boards_nobody(told):
    steps = steps_of(told, "airport_gate")
    after = steps[steps.index("match") + 1 :]
    assert "match" not in after
    assert after.count("refused") >= 6
    assert "non match" in after


def test_only_the_credited_portraits_are_shown_and_each_with_its_credit(told, portraits):
    pictures = pictures_of(portraits, load_settings())
    assert len(pictures) == len(portraits.all) == 6
    assert {picture.caption for picture in pictures} == {f"Person {name}" for name in "ABCD"}
    made = [picture for s in told for each in s.asks if each.ran for picture in each.ran.pictures]
    html = page(told, pictures, "today")
    assert html.count("<img ") == 6 + len(made)
    assert all(photograph.credit.split(",")[0] in html for photograph in portraits.all)


def test_the_people_of_the_stories_have_no_other_names(told):
    shown = " ".join(
        text
        for story in told
        for each in story.asks
        if each.ran
        for step in each.ran.steps
        for text in (step.about, *step.details)
    )
    assert not any(name in shown for name in ("Macron", "Ardern", "Obama", "Sunak"))


def test_the_book_is_told_in_its_order(told):
    assert [story.story for story in told] == list(STORIES)


@given(st.integers(1, 700), st.integers(1, 700), st.integers(0, 255))
def test_a_place_in_the_class_photograph_always_has_the_same_size(height, width, grey):
    placed = tile(np.full((height, width, 3), grey, dtype=np.uint8))
    assert placed.shape == (*TILE_HW, 3)
    assert placed.dtype == np.uint8
    assert placed[0, 0, 0] == grey
