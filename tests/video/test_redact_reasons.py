"""Nobody stays visible without a reason, whichever way they were named."""

import json

import pytest

from recognizance.errors import InputError
from recognizance.redacting import Asked, read_choices


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_whoever_is_kept_is_kept_for_a_reason(reason):
    with pytest.raises(InputError, match="Why"):
        Asked(keep=(1,), reason=reason)
    assert Asked(reason=reason).keep == ()


@pytest.mark.parametrize("because", [None, 7, ["release"]])
def test_choices_without_words_for_a_reason_are_none(tmp_path, because):
    path = tmp_path / "film.choices.json"
    said = {"input_sha256": "a", "tracks_sha256": "b", "keep": [1], "because": because}
    path.write_text(json.dumps(said))
    with pytest.raises(InputError):
        read_choices(path)
