"""The command: it needs no workspace and writes nothing over."""

import json

import pytest
from document_sources import everything, permit, warrant_submission, withheld_permit

from command_line import run_here, run_process
from recognizance.canonical import canonical_bytes
from recognizance.documents import KINDS


@pytest.fixture
def run(tmp_path, request):
    alone = request.node.get_closest_marker("processes") is not None

    def _run(*arguments):
        done = (run_process if alone else run_here)(
            *("documents", *arguments),
            folder=tmp_path,
            environment={"RECOGNIZANCE_HOME": str(tmp_path / "none"), "COLUMNS": "200"},
        )
        assert not (tmp_path / "none").exists()
        return done

    return _run


@pytest.fixture
def filed(tmp_path):
    path = tmp_path / "use.json"
    path.write_text(json.dumps(everything(ev__model_id="unknown"), default=str))
    return path


@pytest.fixture
def signed(tmp_path):
    submission = warrant_submission()
    path = tmp_path / "permit.json"
    path.write_bytes(withheld_permit(submission).to_json())
    kept = tmp_path / "kept.json"
    kept.write_bytes(canonical_bytes(submission.as_dict()))
    return kept, path


def test_every_document_is_written_twice_and_counted(run, filed, tmp_path):
    done = run(
        filed, "-o", "out", "--json", "--register-url", "https://r.example", "--contact", "x"
    )
    assert done.code == 0, done.out + done.err
    told = {row["kind"]: row for row in json.loads(done.out)["documents"]}
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert set(told) | {"register"} == set(KINDS)
    assert written == {f"{kind}.{ending}" for kind in told for ending in ("md", "html")}
    for kind, row in told.items():
        text = (tmp_path / "out" / f"{kind}.md").read_text()
        assert text.count("**MISSING:**") == row["missing"] == len(row["asks"])


@pytest.mark.processes
def test_a_template_gives_documents_that_say_what_is_missing(run, tmp_path):
    template = tmp_path / "shop.toml"
    template.write_text('title = "A door"\n\n[op]\nkind = "private"\n')
    done = run(template, "-o", "out", "--kind", "atrs", "--kind", "notice", "--at", "2026-11-22")
    assert done.code == 0, done.err
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"atrs", "notice"}
    assert "A door" in (tmp_path / "out" / "atrs.md").read_text()


def test_what_is_there_is_not_written_over(run, filed, tmp_path):
    assert run(filed, "-o", "out", "--kind", "dpia").code == 0
    (tmp_path / "out" / "dpia.md").write_text("filled in by hand")
    done = run(filed, "-o", "out", "--kind", "dpia", "--kind", "fria")
    assert done.code == 2
    assert (tmp_path / "out" / "dpia.md").read_text() == "filled in by hand"
    assert not (tmp_path / "out" / "fria.md").exists()


def test_a_withheld_permit_gives_every_document_but_the_register_entry(run, signed, tmp_path):
    kept, paper = signed
    done = run(kept, "-o", "out", "--permit", paper, "--json")
    assert done.code == 0, done.out + done.err
    told = json.loads(done.out)
    assert told["withheld"]["rules"] == ["GV-05"]
    assert not (tmp_path / "out" / "register.md").exists()
    assert "0123456789abcdef" in (tmp_path / "out" / "notice.md").read_text()
    assert run(kept, "-o", "other", "--permit", paper, "--kind", "register").code == 4


def test_a_permit_for_another_submission_makes_no_document(run, filed, signed, tmp_path):
    done = run(filed, "-o", "out", "--permit", signed[1])
    assert done.code == 2
    assert not (tmp_path / "out").exists()


def test_an_unlisted_kind_is_named(run, filed):
    done = run(filed, "-o", "out", "--kind", "poster")
    assert done.code == 2
    assert "poster" in done.err


def test_the_request_to_the_authority_is_read_too(run, signed, tmp_path):
    kept, _ = signed
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"permit": {}, "submission": json.loads(kept.read_text())}))
    assert run(request, "-o", "out", "--kind", "fria").code == 0
    request.write_text(json.dumps({"permit": {}, "submission": []}))
    assert run(request, "-o", "other", "--kind", "fria").code == 2


def test_a_permit_decided_by_other_rules_leaves_the_decision_out(run, tmp_path):
    submission = warrant_submission()
    (tmp_path / "kept.json").write_bytes(canonical_bytes(submission.as_dict()))
    older = permit(submission, bundle_digest="0" * 64)
    (tmp_path / "permit.json").write_bytes(older.to_json())
    done = run("kept.json", "-o", "out", "--permit", "permit.json", "--kind", "register", "--json")
    assert done.code == 0, done.out
    (row,) = json.loads(done.out)["documents"]
    assert "Answer of the gate" in [gap["label"] for gap in row["asks"]]
