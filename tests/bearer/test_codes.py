"""The picture of a token, read back by a reader that knows nothing of it."""

import cv2
import numpy as np
import pytest
import zxingcpp

from recognizance.bearer.token import TOKEN_CHARACTERS
from recognizance.cli.bearer import FORMS, check_form, draw, hand_over
from recognizance.errors import ConflictError, InputError


def read_back(picture: np.ndarray) -> str:
    """With ZXing, which scanners use; empty where it finds no single code."""
    found = zxingcpp.read_barcodes(picture)
    return found[0].text if len(found) == 1 else ""


def test_one_code_that_a_reader_reads_back(airport):
    token = airport.token()
    data, version = draw(token, ".png")
    assert version <= 15
    assert read_back(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)) == token


def test_it_is_read_from_a_small_and_dim_screen_held_askew(airport):
    token = airport.token()
    picture = cv2.imdecode(np.frombuffer(draw(token, ".png")[0], np.uint8), cv2.IMREAD_GRAYSCALE)
    side = 4 * 85  # four pixels a module, its blank edge included
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    held = cv2.copyMakeBorder(small, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    middle = (side + 80) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), 7, 1.0)
    turned = cv2.warpAffine(held, turn, held.shape, borderValue=255)
    assert read_back(turned) == token
    assert read_back(60 + turned // 4) == token


def test_a_drawing_holds_the_code_and_nothing_else(airport):
    data, version = draw(airport.token(), ".svg")
    text = data.decode()
    assert text.count("<path") == 1
    assert "<text" not in text
    assert airport.permit not in text
    assert version <= 15


def test_the_text_is_the_token(airport):
    token = airport.token()
    assert draw(token, ".txt")[0].decode() == f"{token}\n"
    assert len(token) == TOKEN_CHARACTERS


def test_a_file_is_its_writers_alone_and_overwrites_nothing(airport, tmp_path, capsys):
    answer = airport.hand_out()
    for form in FORMS:
        path = tmp_path / f"token{form}"
        check_form(path)
        hand_over(answer, path, as_json=True)
        assert path.stat().st_mode & 0o077 == 0
        with pytest.raises(ConflictError):
            check_form(path)
        with pytest.raises(ConflictError):
            hand_over(answer, path, as_json=True)
    assert answer.token not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["token", "token.pdf", "."])
def test_a_form_that_is_none_is_said_before_anything_is_done(tmp_path, name):
    with pytest.raises(InputError):
        check_form(tmp_path / name)
