"""The scripts short and small, for the test suite: pictures of 640x360, one to four seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenery import scenes

if TYPE_CHECKING:
    from scenery.clips import Scene
    from scenery.people import Album

SIZE_WH = (640, 360)
FPS = 12.5


def three_faces(album: Album, seed: int = 0) -> Scene:
    """Three enrolled people in view for two seconds."""
    return scenes.three_faces(
        album, seconds=2, size_wh=SIZE_WH, fps=FPS, face_px=(50, 80), seed=seed
    )


def street(album: Album, seed: int = 0, fps: float = FPS) -> Scene:
    """Two on the watchlist among four others."""
    return scenes.street(
        album,
        seed,
        watchlisted=2,
        others=4,
        size_wh=SIZE_WH,
        fps=fps,
        face_px=(50, 80),
        every_s=0.8,
    )


def first_person(album: Album, seed: int = 0) -> Scene:
    """Three contacts and two others on a short walk."""
    return scenes.first_person(album, seed, others=2, seconds=4, size_wh=SIZE_WH, fps=FPS)


def crowd(album: Album, most: int = 6, seed: int = 0) -> Scene:
    """A few people gather within a second."""
    return scenes.crowd(album, most, every_s=0.24, size_wh=SIZE_WH, fps=FPS, face_px=45, seed=seed)


def entering(album: Album, seed: int = 0) -> Scene:
    """Three people enter, turn and leave."""
    return scenes.entering(
        album, people=3, size_wh=SIZE_WH, fps=FPS, face_px=(40, 80), every_s=0.3, seed=seed
    )


def cuts(album: Album, seed: int = 0) -> Scene:
    """Three shots of half a second."""
    return scenes.cuts(album, shots=3, shot_s=0.64, size_wh=SIZE_WH, fps=FPS, seed=seed)
