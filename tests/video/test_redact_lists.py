"""A file that leads to other files is not redacted: its record would speak of the list alone."""

import pytest

from recognizance.errors import SourceError
from recognizance.video.filming import film
from recognizance.video.redaction.film import open_film


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.ts"
    film(path, (), seconds=0.2)
    return path


def test_a_film_is_opened(clip):
    with open_film(clip) as opened:
        assert len(list(opened.pictures())) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n"),
        ("list.mp4", "#EXTM3U\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile {clip}\n"),
    ],
)
def test_a_list_of_films_is_not(clip, name, text):
    listing = clip.with_name(name)
    listing.write_text(text.format(clip=clip.name))
    with pytest.raises(SourceError), open_film(listing):
        pass
