"""Texts from outside stay texts in both formats, and nothing is loaded or run."""

import re
from html.parser import HTMLParser

import pytest
from document_sources import all_documents, everything, full_sources
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from recognizance.documents import Document, Item, Section, Sources, Table
from recognizance.documents import to_html as html_of
from recognizance.documents import to_markdown as markdown_of
from recognizance.documents.plain import SHOWN_AS, visible
from recognizance.errors import SubmissionError
from recognizance.gate.submission import submission_from

HOSTILE = [
    "<script>alert(1)</script>",
    "a | b || c",
    "line\n# heading\n\n- list\n\n---\n===",
    "[text](javascript:alert(1)) ![i](x) <https://a.example>",
    "https://evil.example www.evil.example",
    "`code` *bold* _it_ ~~gone~~ $x$ &amp; &#60;",
    "1. one",
    "2)",
    "\\",
    "\\\\*",
    "</bdi></dd><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "**MISSING:** state nothing",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe\N{RIGHT-TO-LEFT MARK}",
    "\N{ZERO WIDTH SPACE}x\x00\x1b[31m",
    "شرطة المدينة",
]
TEXTS = st.text(max_size=60).filter(lambda text: text.strip())


def holding(text):
    """A document that shows one text as a value, in a list and in a table."""
    return Document(
        "register",
        "A title",
        "An intro.",
        (
            Section(
                "A section",
                (
                    Item("A text", text, "somewhere", "Ask."),
                    Item("A list", (text, "other"), "somewhere", "Ask."),
                    Item("A table", Table(("One", "Two"), ((text, "x"),)), "somewhere", "Ask."),
                ),
            ),
        ),
    )


class Reader(HTMLParser):
    """Which tags there are, and the text of every isolated one."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "bdi":
            self.texts.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "bdi":
            self.texts[-1] += data

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")


def read(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def one_line(text):
    return " ".join(visible(text).split())


def with_examples(test):
    for text in HOSTILE:
        test = example(text)(test)
    return test


@with_examples
@given(TEXTS)
def test_in_html_a_text_is_the_text_and_adds_no_tag(text):
    shown, harmless = read(html_of(holding(text))), read(html_of(holding("harmless")))
    # A carriage return is normalised by every reader of HTML.
    assert [t.replace("\r", "") for t in shown.texts].count(visible(text).replace("\r", "")) >= 3
    assert shown.tags == harmless.tags
    assert shown.attributes <= harmless.attributes | {"class"}


@with_examples
@given(TEXTS)
def test_in_markdown_a_text_is_the_text_and_adds_no_block(text):
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    shown = parser.parse(markdown_of(holding(text)))
    harmless = parser.parse(markdown_of(holding("harmless")))
    assert [token.type for token in shown] == [token.type for token in harmless]
    read_back = [
        "".join(c.content for c in run) for token in shown for run in lines(token.children or [])
    ]
    assert read_back.count(one_line(text)) >= 3
    kinds = {child.type for token in shown for child in token.children or []}
    assert kinds <= {"text", "text_special", "hardbreak", *("strong_open", "strong_close")} | {
        "em_open",
        "em_close",
    }


def lines(children):
    """The pieces of a paragraph between its line breaks."""
    run = []
    for child in children:
        if child.type == "hardbreak":
            yield run
            run = []
        else:
            run.append(child)
    yield run


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_title_is_refused_at_reading_or_shown_as_text_in_every_document(text):
    try:
        submission = submission_from(everything(title=text, operator=text))
    except SubmissionError:
        assert SHOWN_AS in visible(text)
        return
    stated = submission.text("title")
    for document in all_documents(Sources(submission)).values():
        html = html_of(document)
        assert "script" not in read(html).tags
        assert set(read(html).attributes) <= ALLOWED
        if any(item.source == "submission: title" for item in document.items()):
            assert stated in read(html).texts


ALLOWED = {
    "lang", "charset", "name", "content", "http-equiv", "class", "scope", "role", "aria-label",
    "viewbox", "transform", "stroke", "d",
}  # fmt: skip


def test_hidden_characters_are_shown():
    text = "a\N{RIGHT-TO-LEFT OVERRIDE}b\N{ZERO WIDTH JOINER}c\x07d\ne\tf"
    assert visible(text) == f"a{SHOWN_AS}b{SHOWN_AS}c{SHOWN_AS}d\ne\tf"


def test_html_loads_nothing_and_links_nowhere():
    for document in all_documents(full_sources()).values():
        html = html_of(document)
        reader = read(html)
        assert not {"script", "link", "img", "iframe", "a", "form", "object"} & set(reader.tags)
        assert reader.attributes <= ALLOWED
        assert "default-src 'none'" in html
        assert not re.search(r"url\(|@import|javascript:", html.split("</style>")[0])


def test_both_formats_are_the_same_bytes_every_time():
    for first, again in zip(
        all_documents(full_sources()).values(), all_documents(full_sources()).values(), strict=True
    ):
        assert html_of(first) == html_of(again)
        assert markdown_of(first) == markdown_of(again)
