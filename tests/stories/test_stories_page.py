"""The page: whole, self-contained, and deaf to hostile text."""

import re
from html.parser import HTMLParser

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from recognizance.cli.demo.story import Picture
from recognizance.cli.stories.page import page
from recognizance.cli.stories.story import Ask, Story
from recognizance.cli.stories.told import (
    Decided,
    Ran,
    Reason,
    Receipt,
    Step,
    ToldAsk,
    ToldStory,
)
from recognizance.types import Outcome

VOID = {"meta", "img", "br", "hr", "link", "input"}
HOSTILE = (
    "<script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    '"><style>*{display:none}</style>',
    "</main></body><body onload=alert(1)>",
    "&lt;b&gt;<!--",
    "javascript:alert(1)",
    "\u202egnp.exe\u0000",
)


class Reader(HTMLParser):
    """Reads a page: its tags in order, its attributes, its text, and what is left open."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.errors: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.errors.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def story_of(words: str) -> ToldStory:
    """A story that says the same words wherever words can stand."""
    reason = Reason(words, (words,), words, words)
    decided = Decided(
        Outcome.INCOMPLETE, (words,), (reason,), (reason,), (words,), (words,), words, (words,)
    )
    ran = Ran(
        ending=words,
        steps=(Step("held", words, words, (words,), words),),
        receipts=(Receipt(words, words, words),),
        pictures=(Picture(b"\xff\xd8", words, words),),
        root=words,
    )
    ask = Ask(words, words, Outcome.INCOMPLETE, (words,))
    return ToldStory(1, Story(words, words, words, (ask,)), (ToldAsk(ask, decided, decided, ran),))


def page_of(words: str) -> Reader:
    return read(page([story_of(words)], [Picture(b"\xff\xd8", words, words)], words))


PLAIN = page_of("plain")


@given(st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40)))
@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_changes_what_the_page_is_made_of(words):
    reader = page_of(words)
    assert reader.tags == PLAIN.tags
    assert [name for name, _ in reader.attributes] == [name for name, _ in PLAIN.attributes]


def test_every_place_for_words_shows_them():
    words = "a <b>bold</b> & 'quoted' claim"
    shown = "".join(page_of(words).text)
    assert shown.count(words) == "".join(PLAIN.text).count("plain")


def test_the_page_of_the_book_is_whole_and_names_nothing_outside_itself(decided):
    html = page(decided, (), "today")
    reader = read(html)
    assert (reader.errors, reader.open) == ([], [])
    assert "script" not in reader.tags
    assert "link" not in reader.tags
    assert not re.search(r"https?:|//\w|@import|url\(", html)
    addresses = [value for name, value in reader.attributes if name in {"href", "src"}]
    assert all(address.startswith(("#story-", "data:image/jpeg;base64,")) for address in addresses)
    policy = next(value for name, value in reader.attributes if (value or "").startswith("default"))
    assert policy.startswith("default-src 'none'")


def test_every_link_of_the_table_leads_to_a_story(decided):
    reader = read(page(decided, (), "today"))
    links = {value[1:] for name, value in reader.attributes if name == "href"}
    places = {value for name, value in reader.attributes if name == "id"}
    assert links == places
    assert len(places) == 13
