"""The report of a made-up result: one page, the same numbers everywhere, hostile words harmless."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_audit import ABOUT, made_up, without_rates

from recognizance.audit.report import render
from recognizance.audit.report.plots_groups import ends, quantile, score_profiles
from recognizance.audit.report.style import SCRIPT
from recognizance.audit.report.svg import Scale, decades
from recognizance.audit.report.versus import UNCLEAR, UNKNOWN, changes, render_versus
from recognizance.audit.report.words import one_in, percent
from recognizance.audit.result import AuditResult, Group, Histogram
from recognizance.auditing.record import write_report
from recognizance.errors import InputError

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("https://example.org")',
    "\u202egnp.exe",
    "|`*_[a](javascript:alert(1))",
    "&quot;' onload='alert(1)",
    "x" * 500,
)
VOID = {"meta", "input", "br", "img", "link", "hr", "line", "rect", "circle", "path"}


class Page(HTMLParser):
    """Checks that tags close in order; collects what could load or run, and the numbers."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.numbers: set[float] = set()
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"src", "href", "data", "action", "srcset", "poster"}:
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
            if name == "id":
                self.ids.append(value or "")
            if tag == "data" and name == "value":
                self.numbers.add(float(value or "nan"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def read(files: dict[str, bytes]) -> Page:
    page = Page()
    page.feed(files["report.html"].decode())
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return render(made_up(), ABOUT)


def rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"csv/{name}"].decode())))


def test_the_page_is_one_file_that_loads_nothing(files):
    page = read(files)
    assert all(address.startswith("#") for address in page.addresses)
    assert page.handlers == []
    assert page.tags.isdisjoint({"link", "iframe", "img", "object", "embed", "base", "form"})
    assert len(page.ids) == len(set(page.ids))


def test_the_page_allows_its_own_script_and_no_other(files):
    html = files["report.html"].decode()
    wanted = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{wanted}'" in html
    assert html.count("<script>") == 1


def test_the_page_is_whole_without_the_script(files):
    before_script = files["report.html"].decode().split('<div id="what-if"')[0]
    assert "False matches by group" in before_script
    assert 'class="live" hidden' in files["report.html"].decode()


def test_every_plot_is_a_drawing_that_stands_alone(files):
    plots = {name: data for name, data in files.items() if name.startswith("plots/")}
    assert len(plots) == 9
    for name, data in plots.items():
        tree = ET.fromstring(data)  # noqa: S314  # our own bytes
        assert tree.tag.endswith("svg"), name
        assert tree.find("{http://www.w3.org/2000/svg}style") is not None
        assert b"nan" not in data.lower().replace(b"finance", b"")
        assert b"href" not in data


def test_a_title_tells_those_who_do_not_see_a_drawing_what_it_is(files):
    html = files["report.html"].decode()
    assert html.count("<svg") == html.count('role="img"') == 2 * 9
    assert html.count("<title>") == 1 + 2 * 9


def test_numbers_in_the_page_the_sheets_and_the_json_are_the_same(files):
    shown = read(files).numbers
    result = AuditResult.from_dict(json.loads(files["result.json"]))
    sheet = rows(files, "rates.csv")
    for point in result.points:
        for cell in (*point.fmr, *point.fnmr):
            if cell.estimate.rate is None:
                continue
            assert cell.estimate.rate in shown
            assert cell.estimate.bound in shown
            name = "; ".join(f"{key}={value}" for key, value in cell.group.labels)
            assert any(
                row["group"] == name
                and float(row["rate"] or "nan") == cell.estimate.rate
                and float(row["bound_95"]) == cell.estimate.bound
                and int(row["people"]) == cell.estimate.people
                and int(row["trials"]) == cell.estimate.trials
                for row in sheet
            )


def test_every_number_of_a_table_is_a_number_of_the_result(files):
    known: set[float] = set()

    def collect(value):
        if isinstance(value, dict):
            for each in value.values():
                collect(each)
        elif isinstance(value, list):
            for each in value:
                collect(each)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            known.add(float(value))

    collect(json.loads(files["result.json"]))
    assert read(files).numbers <= known


def test_a_dot_stands_only_where_there_are_pairs_enough():
    few = Histogram(Group((("g", "few"),)), False, (-2.0, 0.0, 0.1, 0.2, 2.0), (5, 40, 40, 15))
    many = Histogram(Group((("g", "many"),)), False, (-2.0, 0.0, 0.1, 0.2, 2.0), (5, 9e4, 9e4, 5))
    assert ends(few) == pytest.approx((-0.1, 0.3))
    assert quantile(few, 0.99) > ends(few)[1]
    assert quantile(many, 0.999) <= ends(many)[1]
    drawn = score_profiles([few, many], 0.1, identities=True).draw(800)
    assert drawn.count("<circle") == 2


def test_the_json_is_the_result_itself(files):
    assert AuditResult.from_dict(json.loads(files["result.json"])) == made_up()


def test_each_file_has_its_digest_in_about(files):
    listed = json.loads(files["about.json"])["sha256"]
    assert set(listed) == set(files) - {"about.json"}
    for name, digest in listed.items():
        assert hashlib.sha256(files[name]).hexdigest() == digest


def test_the_same_result_gives_the_same_bytes(files):
    assert render(made_up(), ABOUT) == files


def test_a_finding_stands_before_any_rate(files):
    html = files["report.html"].decode()
    assert html.index("Some labels are missing.") < html.index('id="false-matches"')
    assert html.index('id="findings"') < html.index('id="acquisition"')


def test_a_count_that_is_not_told_is_not_told(files):
    html = files["report.html"].decode()
    assert ">fewer than 5<" in html
    assert rows(files, "findings.csv")[-1]["few"] == "yes"


def test_each_measure_stands_with_its_defect(files):
    html = files["report.html"].decode()
    assert "Explodes as the smallest rate nears zero" in html
    assert "Barely moves at realistic rates" in html


def test_each_verdict_is_said_with_the_people_that_are_missing(files):
    html = files["report.html"].decode()
    assert "not enough data: 250 more people" in html
    assert 'class="not-established">not established' in html


def test_no_word_promises_what_nobody_can_promise(files):
    words = b" ".join((files["report.html"], files["model-card.md"])).decode().lower()
    for word in ("unbiased", "bias-free", "debias", "solved", "fair system", "unfair system"):
        assert word not in words


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_labels_are_words_and_nothing_else(words):
    result = made_up((words, "White"))
    result = replace(
        result,
        system=replace(result.system, name=words),
        data=replace(result.data, name=words),
        findings=tuple(replace(each, sentence=words, values=(words,)) for each in result.findings),
    )
    files = render(result, ABOUT)
    page = read(files)
    assert page.handlers == []
    assert page.addresses == []
    assert files["report.html"].decode().count("<script") == 2
    assert "\u202e" not in files["report.html"].decode()
    for name, data in files.items():
        if name.endswith(".svg"):
            tree = ET.fromstring(data)  # noqa: S314  # our own bytes
            assert "script" not in {each.tag.rpartition("}")[2] for each in tree.iter()}
    for row in csv.reader(io.StringIO(files["csv/data.csv"].decode())):
        assert not any(field.startswith(("=", "+", "@")) for field in row)


def test_rates_in_the_script_cannot_end_their_element():
    html = render(made_up(("</script>", "White")), ABOUT)["report.html"].decode()
    data = re.search(r'<script type="application/json" id="rates">(.*?)</script>', html, re.DOTALL)
    assert data is not None
    assert len(json.loads(data.group(1))["thresholds"]) == 30


def test_a_result_without_any_rate_is_still_a_report():
    files = render(without_rates(), ABOUT)
    page = read(files)
    assert page.numbers
    html = files["report.html"].decode()
    assert "Nothing odd was found in the labels." in html
    assert "was not measured" in html
    assert "<script>" not in html


def test_a_sheet_has_as_many_fields_as_its_head(files):
    for name, data in files.items():
        if name.endswith(".csv"):
            lines = list(csv.reader(io.StringIO(data.decode())))
            assert {len(line) for line in lines} == {len(lines[0])}, name


def test_a_second_report_takes_the_place_of_the_first_and_of_nothing_else(tmp_path):
    write_report(made_up(), ABOUT, tmp_path)
    (tmp_path / "plots" / "mine.svg").write_text("<svg/>")
    write_report(without_rates(), ABOUT, tmp_path)
    left = {path.name for path in (tmp_path / "plots").iterdir()}
    assert left == {"mine.svg", "failure-to-acquire-by-group.svg"}
    assert b"was not measured" in (tmp_path / "report.html").read_bytes()


def test_a_folder_that_cannot_be_written_is_an_error_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(made_up(), ABOUT, tmp_path / "file")


@pytest.mark.parametrize("words", HOSTILE)
def test_names_of_two_systems_side_by_side_are_words_and_nothing_else(words):
    one = made_up((words, "White"))
    one = replace(one, system=replace(one.system, name=words))
    files = render_versus(one, made_up((words, "White")), ABOUT)
    page = Page()
    page.feed(files["compare.html"].decode())
    assert page.open == page.handlers == page.addresses == []
    assert "script" not in page.tags


def test_what_two_audits_share_is_compared_and_nothing_else():
    one, other = made_up(("Black", "White")), made_up(("Black", "Indian"))
    found = changes(one, other)
    assert {each.group for each in found} == {"everybody", "Black female", "Black male"}
    assert {each.said for each in changes(one, one)} <= {UNCLEAR, UNKNOWN}


@given(st.floats(min_value=1e-12, max_value=1))
def test_a_rate_in_words_is_the_rate_to_three_digits(rate):
    words = percent(rate)
    value = float(words.removesuffix(" %")) / 100 if words.endswith("%") else float(words)
    assert value == pytest.approx(rate, rel=0.06 if not words.endswith("%") else 0.006)
    assert float(one_in(rate).removeprefix("1 in ").replace(",", "")) == pytest.approx(
        1 / rate, rel=0.06
    )


@given(
    st.lists(st.floats(min_value=1e-8, max_value=1), min_size=1, max_size=20),
)
def test_powers_of_ten_around_values_hold_all_of_them(values):
    low, high = decades(values)
    assert low <= min(values) * (1 + 1e-9)
    assert high >= max(values) * (1 - 1e-9)
    assert low < high


@given(
    st.floats(min_value=-1e3, max_value=1e3),
    st.floats(min_value=1e-3, max_value=1e3),
    st.integers(2, 9),
)
def test_ticks_are_few_rising_and_within_the_scale(low, span, most):
    ticks = Scale(low, low + span, 0, 100).ticks(most)
    assert len(ticks) <= 2 * most
    assert list(ticks) == sorted(set(ticks))
    assert all(low - 1e-6 <= tick <= low + span + 1e-6 for tick in ticks)
