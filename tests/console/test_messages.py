"""Every sentence of the console comes from a catalogue, also what its modules say."""

import gettext
import io
import re
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo

from fakes import photograph
from recognizance.service.console import pages

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))

import messages  # lies in tools/

STATIC = sorted((pages.HERE / "static").glob("*.js"))
PSEUDO = "⟦{}⟧"

TEXTS = """() => {
  const own = "code, time, bdi, kbd, option, .wordmark, .who, td, dd, footer, [type*=json]";
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim(), parent = node.parentElement;
    if (!/\\p{L}{2}/u.test(text) || parent.closest(own)) continue;
    if (parent.checkVisibility() && !text.includes("⟦")) found.push(text);
  }
  return found;
}"""
"""What is read on a page and is no name, id or value."""


@pytest.fixture(scope="module")
def permit(house):
    return house.office.permit()


@pytest.fixture
def pseudo():
    """Every message in brackets, as a catalogue of another language."""
    catalogue = messages.template()
    for each in catalogue:
        if not each.id:
            continue
        plural = isinstance(each.id, tuple)
        each.string = tuple(map(PSEUDO.format, each.id)) if plural else PSEUDO.format(each.id)
    file = io.BytesIO()
    write_mo(file, catalogue)
    translations = gettext.GNUTranslations(io.BytesIO(file.getvalue()))
    pages._TEMPLATES.install_gettext_translations(translations, newstyle=True)
    yield
    pages._TEMPLATES.install_gettext_translations(gettext.NullTranslations(), newstyle=True)


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.name)
def test_a_module_says_nothing_in_words_of_its_own(path):
    code = re.sub(r"^\s*(//|/\*\*).*$|\s//\s.*$", "", path.read_text(), flags=re.MULTILINE)
    literals = [double or plain for double, plain in re.findall(r'"([^"\n]*)"|`([^`]*)`', code)]
    spoken = [re.sub(r"\$\{[^}]*\}", "", each) for each in literals]
    # A sentence begins with a capital; what goes to selectors, headers and classes does not.
    assert [each for each in spoken if re.match(r"\W*[A-Z][a-z]* [a-z]+\b", each)] == []
    lines = [each for each in spoken if re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", each)]
    assert [each for each in lines if " is-" not in each] == []


def test_the_template_has_what_pages_titles_and_modules_say():
    found = messages.template()
    for words in (
        "The connection was lost.",  # of a module
        "You need no account to read the",  # of a template
        "Lead",  # of a column
        "Public register",  # of a place
        "You enroll people from these photographs, and search with another one of them.",
    ):
        assert words in found, words
    assert len(found) > 500


@pytest.mark.parametrize(
    ("path", "by"),
    [
        ("/", None),
        ("/start/demo", None),
        ("/help", None),
        ("/login", None),
        ("/check", None),
        ("/register", None),
        ("/search", "operator"),
        ("/review", "reviewer-1"),
        ("/ledger", "auditor"),
    ],
)
def test_another_language_leaves_no_sentence_behind(visit, permit, pseudo, path, by):
    page = visit(path, by=by)
    assert page.evaluate(TEXTS) == []


def test_modules_speak_the_language_of_the_page(visit, permit, pseudo):
    page = visit("/search", by="operator")
    page.set_input_files(
        "#photograph",
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": photograph("ana", note="2")},
    )
    page.route("**/search?*", lambda route: route.abort())
    page.click("button.go")
    page.wait_for_selector("#problem .said")
    assert "⟦The connection was lost.⟧" in page.inner_text("#problem")
