"""`recognizance audit`, run as people run it."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_engine import MODEL_ID, MadeUpEngine, photograph, vector_of, write_data_set

from command_line import Ran, run_here, run_process
from recognizance import workspace
from recognizance.audit.result import AuditResult
from recognizance.auditing.cache import SealedCache
from recognizance.auditing.endpoint import choose_pairs
from recognizance.auditing.photographs import LabelFile
from recognizance.evidence import load_evidence

HERE = Path(__file__).resolve().parent
KILLED = -9


class Command:
    """`recognizance audit` in an empty folder; with the made-up engine unless `real` is asked.

    Attributes:
        folder: Where.
        engine: The made-up engine of the last command.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = MadeUpEngine()

    def __call__(self, *words: object, real: bool = False) -> Ran:
        """Run a verb in this process."""
        self.engine = MadeUpEngine()
        with pytest.MonkeyPatch.context() as patch:
            if not real:
                patch.setattr(workspace, "load_engine", lambda _settings: self.engine)
            return run_here(*words, folder=self.folder, environment=self.environment)

    def killed(self, *words: object, after: int) -> Ran:
        """Run it in a process of its own, which is killed after so many photographs."""
        environment = self.environment | {"PYTHONPATH": str(HERE), "DIE_AFTER": str(after)}
        program = (HERE / "made_up_engine.py",)
        return run_process(*words, folder=self.folder, environment=environment, program=program)

    def process(self, *words: object) -> Ran:
        """Run it in a process of its own, with the real engine."""
        return run_process(*words, folder=self.folder, environment=self.environment)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "RECOGNIZANCE_HOME": str(self.folder / "home"),
            "RECOGNIZANCE_KEY_FOLDER": str(self.folder / "keys"),
        }


@pytest.fixture
def command(tmp_path) -> Command:
    folder = tmp_path / "empty"
    folder.mkdir()
    return Command(folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return write_data_set(tmp_path_factory.mktemp("data") / "towns")


@pytest.fixture(scope="module")
def measured(tmp_path_factory, data) -> tuple[Path, Ran]:
    """One audit of the photographs, for all tests that only look at it."""
    command = Command(tmp_path_factory.mktemp("measured"))
    ran = command("audit", "images", data, "--group", "town", "-o", "out")
    assert ran.code == 0, ran.err
    return command.folder / "out", ran


def outputs(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def result_in(folder: Path) -> AuditResult:
    return AuditResult.from_dict(json.loads((folder / "result.json").read_bytes()))


def score_rows(*, groups: tuple[str, ...] = ("a", "b"), people: int = 60) -> list[dict[str, str]]:
    """A table of scores with pairs of everybody within a group, and one mated pair a person."""
    rng = np.random.default_rng(7)
    rows = []
    for place, group in enumerate(groups):
        for one in range(people):
            rows.append((group, f"{one}x", f"{one}y", 1, rng.normal(0.8, 0.1)))
            rows += [
                (group, f"{one}x", f"{other}x", 0, rng.normal(0.1 + 0.05 * place, 0.1))
                for other in range(one)
            ]
    return [
        {
            "probe": group + probe,
            "reference": group + reference,
            "mated": str(mated),
            "score": repr(float(score)),
            "probe_kind": group,
            "reference_kind": group,
        }
        for group, probe, reference, mated, score in rows
    ]


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


# ---- photographs ----------------------------------------------------------------------------


def test_ways_to_normalise_are_compared_where_they_are_asked_for(command, measured, tmp_path):
    folder, _ = measured
    assert not result_in(folder).normalisation
    many = write_data_set(tmp_path / "many", people=160)
    ran = command("audit", "images", many, "--group", "town", "-o", "out", "--normalisations")
    assert ran.code == 0, ran.err
    rows = result_in(command.folder / "out").normalisation
    # The made-up engine has another cohort than the shipped one, so no row is of its own.
    assert {row.method.split(",")[0] for row in rows[::2]} >= {
        "none (plain cosine)",
        "mean of the 5 nearest",
        "calibration by 4 clusters (FairCal)",
    }
    page = (command.folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "Ways to normalise scores" in page
    assert "learnt on one half" in page
    too_few = command(
        "audit",
        "images",
        write_data_set(tmp_path / "few", people=30),
        "--group",
        "town",
        "-o",
        "few",
        "--normalisations",
    )
    assert too_few.code == 2
    assert "leave out --normalisations" in too_few.err


def test_photographs_become_a_report(command, data):
    ran = command("audit", "images", data, "--group", "town,sex", "-o", "out", "--json")
    assert ran.code == 0, ran.err
    result = result_in(command.folder / "out")
    assert (result.data.people, result.data.images, result.data.name) == (120, 240, "towns")
    assert result.system.model_id == MODEL_ID
    assert result.main == ("town", "sex")
    page = (command.folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "Error rates by group" in page
    assert "LABELS.csv --group town,sex" in page
    assert ran.json["data"] == result.data.digest
    assert ran.json["entry"] is None


def test_the_folder_of_a_report_holds_no_features_afterwards(measured):
    assert not [name for name in outputs(measured[0]) if name.startswith(".")]


def test_a_run_that_was_killed_goes_on_and_finds_the_same(command, data, measured):
    ask = ("audit", "images", data, "--group", "town", "-o", "out")
    killed = command.killed(*ask, after=100)
    assert killed.code == KILLED
    kept = sum(map(len, outputs(command.folder / "out").values()))
    assert kept > 0
    assert command(*ask).code == 0
    # 96 of 240 were in the three batches that were finished before.
    assert command.engine.extracted == 240 - 96
    one, other = (outputs(folder) for folder in (command.folder / "out", measured[0]))
    assert one["result.json"] == other["result.json"]
    assert one["csv/rates.csv"] == other["csv/rates.csv"]


def test_what_a_killed_run_leaves_opens_only_with_the_photographs(command, data):
    command.killed("audit", "images", data, "--group", "town", "-o", "out", after=100)
    kept = b"".join(outputs(command.folder / "out").values())
    photographs = [path.read_bytes() for path in data.parent.glob("*.jpg")]
    for each in photographs:
        digest = hashlib.sha256(each)
        assert digest.digest() not in kept
        assert digest.hexdigest().encode() not in kept
        assert vector_of(each).tobytes()[:16] not in kept


def test_a_damaged_remainder_is_computed_again(command, data):
    ask = ("audit", "images", data, "--group", "town", "-o", "out")
    command.killed(*ask, after=100)
    (kept,) = (command.folder / "out" / ".features").iterdir()
    damaged = bytearray(kept.read_bytes())
    damaged[60] ^= 1
    kept.write_bytes(bytes(damaged[:-3]))
    assert command(*ask).code == 0
    assert command.engine.extracted == 240 - 96 + 2


def test_a_photograph_without_a_face_or_that_is_none_is_a_failure_to_acquire(command, tmp_path):
    labels = write_data_set(
        tmp_path / "set",
        extra=(
            *(f"empty{n}.jpg,e{n},north,female" for n in range(6)),
            "broken.jpg,b,north,female",
        ),
    )
    for n in range(6):
        (labels.parent / f"empty{n}.jpg").write_bytes(f"an empty street {n}".encode())
    (labels.parent / "broken.jpg").write_bytes(b"broken")
    assert command("audit", "images", labels, "--group", "town", "-o", "out").code == 0
    result = result_in(command.folder / "out")
    assert result.data.failures_to_acquire == 7
    assert any(finding.kind == "not_acquired" for finding in result.findings)


def test_a_wrong_label_a_duplicate_and_too_small_a_group_show_up(command, tmp_path):
    extra = [f"twin{n}.jpg,somebody{n},north,female" for n in range(6)]
    extra += [f"east{n}.jpg,east{n},east,male" for n in range(7)]
    extra += [f"typo{n}.jpg,typo{n},nroth,male" for n in range(5)]
    labels = write_data_set(tmp_path / "set", people=60, extra=tuple(extra))
    for n in range(6):
        original = (labels.parent / f"north-{2 * n:03}-1.jpg").read_bytes()
        (labels.parent / f"twin{n}.jpg").write_bytes(original)
    for n in range(7):
        (labels.parent / f"east{n}.jpg").write_bytes(photograph("east", str(n), 1))
    for n in range(5):
        (labels.parent / f"typo{n}.jpg").write_bytes(photograph("north", f"t{n}", 1))
    assert command("audit", "images", labels, "--group", "town", "-o", "out").code == 0
    found = {finding.kind: finding for finding in result_in(command.folder / "out").findings}
    assert found["same_photograph"].count == 6
    assert found["misspelt"].values == ("nroth",)
    assert any("east" in group.name for group, _ in found["too_small"].groups)
    page = (command.folder / "out" / "report.html").read_text(encoding="utf-8")
    assert page.index("one and the same" if "one and the same" in page else "the very same") > 0
    assert "nroth" in page


def test_columns_can_be_mapped_and_rows_left_out(command, data):
    renamed = data.parent / "other.csv"
    text = data.read_text(encoding="utf-8").replace("path,subject_id", "file,who", 1)
    renamed.write_text(text, encoding="utf-8")
    ask = ("audit", "images", renamed, "--group", "town", "-o", "out", "--leave-out", "town=west")
    assert command(*ask).code == 2
    ran = command(*ask, "--map", "file=path", "--map", "who=subject_id")
    assert ran.code == 0, ran.err
    assert result_in(command.folder / "out").data.people == 80


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--group", "height"), "no label `height`"),
        ((), "By which labels"),
        (("--group", "town", "--leave-out", "town"), "cannot be read"),
        (("--group", "town", "--leave-out", "town=north,south,west"), "Nothing is left"),
        (("--group", "town", "--map", "x=path"), "no column `x`"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(command, data, arguments, says):
    ran = command("audit", "images", data, "-o", "out", *arguments)
    assert ran.code == 2
    assert says in " ".join(ran.err.split())


def test_a_missing_photograph_is_named_by_its_row_and_not_by_its_name(command, tmp_path):
    labels = write_data_set(tmp_path / "set", extra=("secret-name.jpg,x,north,male",))
    ran = command("audit", "images", labels, "--group", "town", "-o", "out")
    assert ran.code == 2
    assert "row 242" in ran.err
    assert "secret-name" not in ran.err


def test_the_evidence_document_is_about_the_model_and_is_read_back(command, data):
    ran = command(
        "audit", "images", data, "--group", "town,sex", "-o", "out", "--evidence", "e.json.gz"
    )
    assert ran.code == 0, ran.err
    evidence = load_evidence(command.folder / "e.json.gz")
    assert evidence.model_id == MODEL_ID
    assert {cell.name for cell in evidence.non_mated} >= {"towns: north", "towns: male"}
    assert {tuple(cell.labels) for cell in evidence.mated} >= {(), ("town",), ("sex",)}


# ---- nobody can be identified ---------------------------------------------------------------


def test_a_probe_hidden_in_a_labelled_folder_cannot_be_identified_from_any_output(
    command, tmp_path
):
    """Somebody puts a stranger's picture among labelled ones, hoping to learn whom it shows."""
    probe = photograph("north", "7", 3)  # it shows the person known as north007
    labels = write_data_set(
        tmp_path / "set", extra=("hidden/zz-probe-7731zq.jpg,Zz Unknown 7731zq,north,male",)
    )
    (labels.parent / "hidden").mkdir()
    (labels.parent / "hidden" / "zz-probe-7731zq.jpg").write_bytes(probe)
    assert command("init", "--plain-keys", real=True).code == 0
    text = command("audit", "images", labels, "--group", "town,sex", "-o", "out")
    as_json = command("audit", "images", labels, "--group", "town,sex", "-o", "out2", "--json")
    assert text.code == as_json.code == 0, text.err + as_json.err
    everything = outputs(command.folder)
    everything |= {
        "stdout": text.out.encode(),
        "stderr": text.err.encode(),
        "json": as_json.out.encode(),
        "json-err": as_json.err.encode(),
    }
    rows = rows_of(labels)
    never = {row["path"] for row in rows} | {row["subject_id"] for row in rows}
    never |= {Path(row["path"]).name for row in rows} | {str(labels.parent), "7731zq"}
    for row in rows:
        photographed = (labels.parent / row["path"]).read_bytes()
        never.add(hashlib.sha256(photographed).hexdigest())
        score = float(vector_of(probe) @ vector_of(photographed))
        never |= {repr(score)[:10], f"{score:.6f}"} if row["path"] != rows[-1]["path"] else set()
    for name, data in everything.items():
        found = [each for each in never if each.encode() in data]
        assert not found, (name, found)


def test_an_audit_is_recorded_where_there_is_a_workspace(command, data):
    assert command("init", "--plain-keys", real=True).code == 0
    ran = command("audit", "images", data, "--group", "town", "-o", "out", "--json")
    assert ran.code == 0, ran.err
    assert re.fullmatch(r"uses/\d+", ran.json["entry"])
    shown = command("ledger", "show", "--json", real=True)
    assert ran.json["data"] in shown.out
    assert "towns" not in shown.out
    assert command("ledger", "verify", real=True).code == 0


# ---- scores and templates -------------------------------------------------------------------


def test_scores_are_audited_in_an_empty_folder(command, tmp_path):
    table = write_csv(tmp_path / "scores.csv", score_rows())
    ran = command.process("audit", "scores", table, "--group", "kind", "-o", "out")
    assert ran.code == 0, ran.err
    assert {path.name for path in command.folder.iterdir()} == {"out"}
    assert "nowhere: there is no workspace here" in ran.out
    result = result_in(command.folder / "out")
    assert (result.data.mated_pairs, result.data.non_mated_pairs) == (120, 2 * 60 * 59 // 2)


def test_columns_of_a_table_can_have_any_names(command, tmp_path):
    rows = [
        {
            "p1": row["probe"],
            "p2": row["reference"],
            "label": row["mated"],
            "dist": repr(-float(row["score"])),
            "att1": row["probe_kind"],
            "att2": row["reference_kind"],
        }
        for row in score_rows()
    ]
    table = write_csv(tmp_path / "bfw.csv", rows)
    names = {"p1": "probe", "p2": "reference", "label": "mated", "dist": "score"}
    names |= {"att1": "probe_kind", "att2": "reference_kind"}
    mapped = [word for old, new in names.items() for word in ("--map", f"{old}={new}")]
    ask = ("audit", "scores", table, "--group", "kind", "--distance", "-o", "out", *mapped)
    assert command(*ask, real=True).code == 0
    plain = write_csv(tmp_path / "plain.csv", score_rows())
    command("audit", "scores", plain, "--group", "kind", "-o", "plain", real=True)
    one, other = (result_in(command.folder / name) for name in ("out", "plain"))
    assert one.points == other.points


def test_templates_are_audited_without_a_model(command, tmp_path):
    vectors = [vector_of(photograph(t, str(n), 1)) for t in ("north", "south") for n in range(60)]
    towns = np.repeat(["north", "south"], 60)
    np.savez(tmp_path / "t.npz", features=np.stack(vectors), town=towns)
    ran = command("audit", "templates", tmp_path / "t.npz", "--group", "town", "-o", "o", real=True)
    assert ran.code == 0, ran.err
    result = result_in(command.folder / "o")
    assert (result.data.people, result.data.identities) == (120, False)
    ask = ("audit", "templates", tmp_path / "t.npz", "--group", "town", "-o", "o", "--gallery", 20)
    assert command(*ask, "--threshold", 0.625, real=True).code == 0
    result = result_in(command.folder / "o")
    assert {search.gallery_size for search in result.identification} == {20}
    assert [point.threshold for point in result.points if point.target is None] == [0.625]
    assert 0.625 in {search.threshold for search in result.identification}


# ---- another system -------------------------------------------------------------------------

PROGRAM = """
import hashlib, sys
one, other = (open(path, "rb").read().split(b"|") for path in sys.argv[1:])
open({log!r}, "a").write("asked\\n")
if one[2] == b"7":
    sys.exit(3)
chance = hashlib.sha256(repr((one, other)).encode()).digest()[0] / 256
print("score:", chance / 2 + (one[1:3] == other[1:3]) / 2)
"""


def test_another_system_is_audited_by_a_command(command, data, tmp_path):
    program, log = tmp_path / "their program.py", tmp_path / "log"
    program.write_text(PROGRAM.format(log=str(log)), encoding="utf-8")
    line = f"{sys.executable} -S '{program}' {{a}} {{b}}"
    ask = ("audit", "endpoint", data, "--command", line, "--pairs", 300, "--group", "town")
    ran = command(*ask, "-o", "out", "--json", real=True)
    assert ran.code == 0, ran.err
    result = result_in(command.folder / "out")
    assert result.data.kind == "endpoint"
    assert len(log.read_text().splitlines()) == 300
    unscored = next(each for each in result.findings if each.kind == "unscored")
    assert result.data.mated_pairs + result.data.non_mated_pairs + unscored.count == 300
    assert str(tmp_path) not in (command.folder / "out" / "about.json").read_text()


@given(
    people=st.lists(st.integers(0, 12), min_size=4, max_size=60),
    count=st.integers(2, 200),
    seed=st.integers(0, 5),
)
def test_chosen_pairs_are_distinct_and_say_rightly_who_is_mated(people, count, seed):
    file = LabelFile(
        folder=Path(),
        sha256="",
        paths=tuple(map(str, range(len(people)))),
        subjects=tuple(map(str, people)),
        labels={"parity": np.array([str(person % 2) for person in people])},
    )
    if len(set(people)) < 2:
        return
    pairs = choose_pairs(file, ("parity",), count=count, seed=seed)
    both = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert 0 < len(both) <= count
    assert len(set(both)) == len(both)
    assert all(one < other for one, other in both)
    whose = np.array(people)
    assert (whose[pairs.first] == whose[pairs.second]).tolist() == pairs.mated.tolist()
    assert pairs.mated.sum() <= count / 2


@given(st.dictionaries(st.binary(max_size=20), st.binary(min_size=8, max_size=8), max_size=8))
def test_the_cache_gives_back_what_was_put_and_nothing_else(values):
    with TemporaryDirectory() as folder:
        cache = SealedCache(Path(folder), about="model", value_bytes=8)
        for photograph_bytes, value in values.items():
            cache.put(value, photograph_bytes)
        again = SealedCache(Path(folder), about="model", value_bytes=8)
        assert len(again) == len(values)
        for photograph_bytes, value in values.items():
            assert again.get(photograph_bytes) == value
            assert again.get(photograph_bytes, photograph_bytes) is None
            assert again.get(photograph_bytes + b"x") == values.get(photograph_bytes + b"x")
        other = SealedCache(Path(folder), about="another model", value_bytes=8)
        assert all(other.get(photograph_bytes) is None for photograph_bytes in values)


def test_a_file_name_is_never_a_command(command, tmp_path):
    labels = write_data_set(tmp_path / "set")
    bad = "north-000-1.jpg; touch owned; .jpg"
    (labels.parent / "north-000-1.jpg").rename(labels.parent / bad)
    labels.write_text(labels.read_text().replace("north-000-1.jpg", bad), encoding="utf-8")
    command(
        *("audit", "endpoint", labels, "--command", "echo {a} {b} 0.5", "--pairs", 240),
        *("--group", "town", "-o", "out"),
        real=True,
    )
    assert not list(tmp_path.rglob("owned"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Which system to ask"),
        (("--command", "prog"), "no place for the two files"),
        (("--command", "no-such-program {a} {b}"), "cannot be started"),
        (("--command", "true {a} {b}"), "no score for any pair"),
        (("--compreface", "http://localhost:8000"), "COMPREFACE_API_KEY"),
    ],
)
def test_a_system_that_cannot_be_asked_is_an_error_in_words(command, data, arguments, says):
    ask = ("audit", "endpoint", data, "--group", "town", "--pairs", 100, "-o", "out")
    ran = command(*ask, *arguments, real=True)
    assert ran.code == 2
    assert says in " ".join(ran.err.split())


# ---- side by side ---------------------------------------------------------------------------


def test_two_systems_stand_side_by_side(command, tmp_path):
    better, worse = score_rows(), score_rows()
    for row in worse:
        if row["probe_kind"] == "b" and row["mated"] == "1":
            row["score"] = repr(float(row["score"]) - 0.4)
    for name, rows in (("one", better), ("two", worse)):
        table = write_csv(tmp_path / f"{name}.csv", rows)
        ask = ("audit", "scores", table, "--group", "kind", "--system", name, "-o", name)
        assert command(*ask, real=True).code == 0
    ran = command.process("audit", "compare", "one", "two", "-o", "both", "--json")
    assert ran.code == 0, ran.err
    clear = {(each["measure"], each["group"], each["said"]) for each in ran.json["clear"]}
    assert ("fnmr", "b", "clearly higher") in clear
    assert not any(group == "a" for _, group, _ in clear)
    assert "different data" in " ".join(ran.json["doubts"])
    page = (command.folder / "both" / "compare.html").read_text(encoding="utf-8")
    assert "clearly higher" in page


def test_an_audit_beside_itself_is_not_clearly_different(command, tmp_path):
    table = write_csv(tmp_path / "one.csv", score_rows())
    command("audit", "scores", table, "--group", "kind", "-o", "one", real=True)
    ran = command("audit", "compare", "one", "one", "--json", real=True)
    assert ran.json["clear"] == []
    assert ran.json["doubts"] == []


def test_what_is_no_audit_cannot_be_compared(command, tmp_path):
    (tmp_path / "result.json").write_text('{"schema": "something"}', encoding="utf-8")
    assert command("audit", "compare", tmp_path, tmp_path, real=True).code == 2


# ---- the real engine ------------------------------------------------------------------------


@pytest.mark.faces
def test_the_real_engine_measures_real_photographs(command, faces, tmp_path):
    rows = rows_of(faces / "congress" / "labels.csv")
    sexes = {"female": [], "male": []}
    for row in rows:
        if row["sex"] in sexes and len(sexes[row["sex"]]) < 60:
            sexes[row["sex"]].append(row | {"path": str(faces / "congress" / row["path"])})
    labels = write_csv(tmp_path / "labels.csv", [row for each in sexes.values() for row in each])
    ran = command.process("audit", "images", labels, "--group", "sex", "-o", "out", "--json")
    assert ran.code == 0, ran.err
    result = result_in(command.folder / "out")
    assert result.data.images == 120
    assert result.data.failures_to_acquire == 0
    assert result.points[0].overall_fmr.estimate.trials == result.data.non_mated_pairs
