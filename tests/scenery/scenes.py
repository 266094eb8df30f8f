"""The scripts: who is enrolled, who walks where, and how the camera moves."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from recognizance.types import Box
from scenery.clips import Scene
from scenery.people import Cutout, halves, premultiplied
from scenery.stage import Actor, Camera, Key, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scenery.people import Album, Portrait

ENROLLED_FROM = "congress/2015"
SEEN_IN = "congress/2023"

_LARGEST_MAGNIFICATION = 1.25
"""A portrait is not drawn much larger than it is: that would be a large face without detail."""

FULL_HD = (1920, 1080)
HD = (1280, 720)

_Each = TypeVar("_Each")


def three_faces(
    album: Album,
    *,
    seconds: float = 10.0,
    size_wh: tuple[int, int] = FULL_HD,
    fps: float = 25.0,
    face_px: tuple[float, float] = (70, 130),
    seed: int = 0,
) -> Scene:
    """Three people in view from the first to the last picture, for speed; they are enrolled."""
    rng = np.random.default_rng(seed)
    cast = _with_two_photographs(album, rng, 3, collection=SEEN_IN)
    width, height = size_wh
    actors = []
    for place, person in enumerate(cast):
        cutout = _cutout(album, _seen(album, person))
        size = _size(rng, cutout, face_px)
        x, y = (place + 0.5) / 3 * width, rng.uniform(0.3, 0.5) * height
        there = Key(0, x - 0.08 * width, y, size)
        # There and back every eight seconds, so that no clip is too long for the path.
        turns = [
            Key(4.0 * turn, x + (0.08 - 0.16 * (turn % 2)) * width, y, size)
            for turn in range(1, int(seconds / 4) + 2)
        ]
        actors.append(Actor(cutout, (there, *turns), sway_px=0.04 * size, blur_px=0.5))
    stage = Stage(size_wh, seconds, tuple(actors), seed=seed)
    return Scene(
        f"three-faces-{seed}",
        (stage,),
        fps=fps,
        crf=23,
        enrolled={person: _enrolled(album, person) for person in cast},
    )


def street(
    album: Album,
    seed: int,
    *,
    watchlisted: int = 10,
    others: int = 200,
    size_wh: tuple[int, int] = HD,
    fps: float = 12.5,
    face_px: tuple[float, float] = (50, 120),
    every_s: float = 0.9,
    empty_s: float = 0.0,
) -> Scene:
    """People cross a street one after the other; some of them are on a watchlist.

    Nobody comes by twice. The watchlisted are enrolled from one set of portraits and walk by with
    another; whose two portraits are one photograph does not take part. The first enters after
    `empty_s`, the next each `every_s`.
    """
    rng = np.random.default_rng([seed, 5])
    cast = _with_two_photographs(album, rng, watchlisted, collection=SEEN_IN)
    crowd = _strangers(album, rng, others, without=frozenset(cast), collection=SEEN_IN)
    walkers = [_seen(album, person) for person in cast] + crowd
    order = rng.permutation(len(walkers))
    actors = [
        _crossing(
            album,
            walkers[who],
            rng,
            size_wh=size_wh,
            face_px=face_px,
            start_s=empty_s + turn * every_s,
        )
        for turn, who in enumerate(order)
    ]
    stage = Stage(
        size_wh, max(actor.path[-1].time_s for actor in actors), tuple(actors), noise=4.0, seed=seed
    )
    return Scene(
        f"street-{seed}",
        (stage,),
        fps=fps,
        crf=28,
        enrolled={person: _enrolled(album, person) for person in cast},
    )


def first_person(
    album: Album,
    seed: int,
    *,
    contacts: int = 3,
    others: int = 9,
    seconds: float = 30.0,
    size_wh: tuple[int, int] = HD,
    fps: float = 15.0,
) -> Scene:
    """What glasses see of a walk: the picture sways, people come towards it, some are contacts."""
    rng = np.random.default_rng([seed, 7])
    cast = _with_two_photographs(album, rng, contacts, collection=SEEN_IN)
    crowd = _strangers(album, rng, others, without=frozenset(cast), collection=SEEN_IN)
    walkers = [_seen(album, person) for person in cast] + crowd
    order = rng.permutation(len(walkers))
    width, height = size_wh
    dwell = 4.0 * seconds / (len(walkers) + 3)
    actors = []
    for turn, who in enumerate(order):
        cutout = _cutout(album, walkers[who])
        start = turn * dwell / 4
        side = 1 if turn % 2 else -1
        x, y = width * (0.5 + side * rng.uniform(0.05, 0.15)), height * rng.uniform(0.38, 0.48)
        near = min(rng.uniform(110, 150), 1.6 * cutout.face_px)
        path = (
            Key(start, x, y, 0.4 * near),
            Key(start + 0.6 * dwell, x + side * 0.08 * width, y, 0.75 * near),
            Key(start + dwell, width * (0.5 + side * 0.65), y * 0.95, near),
        )
        actors.append(Actor(cutout, path, sway_px=3, blur_px=0.6))
    camera = Camera(shake_px=0.015 * width, roll_deg=2.5, zoom=0.03, phase=float(rng.uniform(0, 6)))
    stage = Stage(size_wh, seconds, tuple(actors), camera=camera, seed=seed)
    return Scene(
        f"first-person-{seed}",
        (stage,),
        fps=fps,
        enrolled={person: _enrolled(album, person) for person in cast},
    )


def crowd(
    album: Album,
    most: int,
    *,
    every_s: float = 0.5,
    size_wh: tuple[int, int] = HD,
    fps: float = 12.5,
    face_px: float = 55,
    seed: int = 0,
) -> Scene:
    """People gather: each stays where he or she stopped, until `most` stand there.

    They stand in rows, nobody before another, so that the number of faces in view grows by one
    each `every_s`; three of them are enrolled. The full crowd stays for three seconds and leaves.
    """
    rng = np.random.default_rng([seed, 9])
    cast = _with_two_photographs(album, rng, min(3, most), collection=SEEN_IN)
    others = _strangers(album, rng, most - len(cast), without=frozenset(cast), collection=SEEN_IN)
    people = [_seen(album, person) for person in cast] + others
    width, height = size_wh
    in_row = max(1, int(width // (2.9 * face_px)))
    rows = -(-most // in_row)
    full_s = most * every_s + 3.0
    actors = []
    for place, portrait in enumerate(people):
        row, column = divmod(place, in_row)
        x = (column + 0.5) * width / in_row
        y = (row + 0.5) * height / max(rows, 3)
        start = place * every_s
        away = full_s + 0.1 * place
        path = (Key(start, x, y, face_px), Key(away, x, y, face_px))
        actors.append(Actor(_cutout(album, portrait), path, sway_px=1, blur_px=0.5))
    seconds = full_s + 0.1 * most + 1.0
    stage = Stage(size_wh, seconds, tuple(actors), seed=seed)
    return Scene(
        f"crowd-{seed}",
        (stage,),
        fps=fps,
        enrolled={person: _enrolled(album, person) for person in cast},
    )


def entering(
    album: Album,
    *,
    people: int = 12,
    size_wh: tuple[int, int] = FULL_HD,
    fps: float = 25.0,
    face_px: tuple[float, float] = (40, 200),
    every_s: float = 1.0,
    seed: int = 0,
) -> Scene:
    """Faces that are hard to hide all along: half in the picture, behind a post, turning away.

    They enter at either side, stop, turn, tilt, pass behind posts and leave; the camera shakes.
    """
    rng = np.random.default_rng([seed, 11])
    width, height = size_wh
    actors = []
    for turn, portrait in enumerate(_strangers(album, rng, people)):
        cutout = _cutout(album, portrait)
        size = float(np.exp(rng.uniform(*np.log(face_px))))
        side = 1 if turn % 2 else -1
        start, y = turn * every_s, rng.uniform(0.2, 0.55) * height
        outside = width / 2 - side * (width / 2 + 1.5 * size)
        stop = width / 2 - side * rng.uniform(0.05, 0.4) * width
        arrived = start + abs(stop - outside) / (0.25 * width)
        yaw, roll = float(rng.uniform(25, 50)), float(rng.uniform(-20, 20))
        path = (
            Key(start, outside, y, size),
            Key(arrived, stop, y, size),
            Key(arrived + 0.7, stop, y, size, roll_deg=roll, yaw_deg=yaw),
            Key(arrived + 1.4, stop, y, 1.15 * size),
            Key(2 * arrived + 1.4 - start, outside, y, 1.1 * size),
        )
        actors.append(Actor(cutout, path, sway_px=0.05 * size, blur_px=0.5))
    seconds = max(actor.path[-1].time_s for actor in actors)
    posts = [_post(x * width, size_wh, seconds, rng) for x in (0.3, 0.7)]
    camera = Camera(shake_px=4, phase=float(rng.uniform(0, 6)))
    stage = Stage(size_wh, seconds, (*actors, *posts), camera=camera, seed=seed)
    return Scene(f"entering-{seed}", (stage,), fps=fps, crf=23)


def cuts(
    album: Album,
    *,
    shots: int = 5,
    shot_s: float = 2.0,
    size_wh: tuple[int, int] = HD,
    fps: float = 25.0,
    seed: int = 0,
) -> Scene:
    """An edited film: every shot another street, another light and other people."""
    rng = np.random.default_rng([seed, 13])
    width, height = size_wh
    portraits = iter(_strangers(album, rng, 2 * shots))
    stages = []
    for shot in range(shots):
        actors = []
        for place, portrait in enumerate(islice(portraits, 2)):
            cutout = _cutout(album, portrait)
            size = _size(rng, cutout, (60, 140))
            x, y = width * (0.3 + 0.4 * place), height * rng.uniform(0.3, 0.55)
            path = (Key(0, x - 0.04 * width, y, size), Key(shot_s, x + 0.04 * width, y, size))
            actors.append(Actor(cutout, path, sway_px=2, blur_px=0.5))
        light = float(rng.uniform(0.45, 1.1))
        stages.append(Stage(size_wh, shot_s, tuple(actors), light=light, seed=100 * seed + shot))
    return Scene(f"cuts-{seed}", tuple(stages), fps=fps)


def empty(
    *, seconds: float = 2.0, size_wh: tuple[int, int] = HD, fps: float = 25.0, seed: int = 0
) -> Scene:
    """A street that nobody walks on."""
    return Scene(f"empty-{seed}", (Stage(size_wh, seconds, (), seed=seed),), fps=fps)


def _crossing(
    album: Album,
    portrait: Portrait,
    rng: np.random.Generator,
    *,
    size_wh: tuple[int, int],
    face_px: tuple[float, float],
    start_s: float,
) -> Actor:
    """Somebody who walks from one side of the picture to the other, a little nearer or farther."""
    width, height = size_wh
    cutout = _cutout(album, portrait)
    low, high = face_px
    size = _size(rng, cutout, (low / 0.9, high / 1.1))
    first, last = size * rng.permutation([0.9, 1.1])
    side = rng.choice([-1, 1])
    ends = width / 2 - side * (width / 2 + 1.5 * size), width / 2 + side * (width / 2 + 1.5 * size)
    y = rng.uniform(0.15, 0.6, 2) * height
    walk_s = width / (rng.uniform(0.16, 0.28) * width)
    roll = rng.normal(0, 4, 2)
    return Actor(
        cutout,
        (
            Key(start_s, ends[0], y[0], first, roll[0]),
            Key(start_s + walk_s, ends[1], 0.7 * y[0] + 0.3 * y[1], last, roll[1]),
        ),
        sway_px=0.04 * size,
        blur_px=float(rng.uniform(0.5, 1.2)),
    )


def _post(x: float, size_wh: tuple[int, int], seconds: float, rng: np.random.Generator) -> Actor:
    """A post that hides who passes behind it; it stands before everybody."""
    wide, high = round(0.02 * size_wh[0]), 2 * size_wh[1]
    shade = rng.uniform(40, 90) + 25 * np.sin(np.linspace(0, np.pi, wide))
    rgb = np.broadcast_to(shade[np.newaxis, :, np.newaxis], (high, wide, 3)).astype(np.uint8)
    picture = premultiplied(rgb, np.ones((high, wide), dtype=np.float32))
    cutout = Cutout(None, halves(picture), Box(0, 0, wide, high))
    # Larger than any face: whoever is larger stands nearer. One pixel is one pixel of the picture.
    face = Box(0, 0, high, high)
    cutout = Cutout(None, cutout.levels, face)
    place = Key(0, x - wide / 2 + high / 2, size_wh[1] / 2, high)
    return Actor(cutout, (place, Key(seconds, place.x, place.y, high)))


def _with_two_photographs(
    album: Album, rng: np.random.Generator, count: int, *, collection: str
) -> list[str]:
    """People in both sets of portraits whose two portraits are two photographs."""
    both = sorted(album.portraits(ENROLLED_FROM).keys() & album.portraits(collection).keys())

    def fitting() -> Iterator[str]:
        for place in rng.permutation(len(both)):
            pair = _enrolled(album, both[place]), _seen(album, both[place])
            if all(map(album.cutout, pair)) and not album.same_photograph(*pair):
                yield both[place]

    return _exactly(count, fitting())


def _strangers(
    album: Album,
    rng: np.random.Generator,
    count: int,
    *,
    without: frozenset[str] = frozenset(),
    collection: str = SEEN_IN,
) -> list[Portrait]:
    """Portraits of other people, one each."""
    people = sorted(album.portraits(collection).keys() - without)

    def fitting() -> Iterator[Portrait]:
        for place in rng.permutation(len(people)):
            portrait = album.portraits(collection)[people[place]][0]
            if album.cutout(portrait):
                yield portrait

    return _exactly(count, fitting())


def _exactly(count: int, values: Iterable[_Each]) -> list[_Each]:
    taken = list(islice(values, count))
    if len(taken) < count:
        raise ValueError(f"the collections hold {len(taken)} fitting people, not {count}")
    return taken


def _enrolled(album: Album, person: str) -> Portrait:
    return album.portraits(ENROLLED_FROM)[person][0]


def _seen(album: Album, person: str) -> Portrait:
    return album.portraits(SEEN_IN)[person][0]


def _cutout(album: Album, portrait: Portrait) -> Cutout:
    cutout = album.cutout(portrait)
    if cutout is None:
        raise ValueError(f"nobody can be cut out of {portrait.path.name}")
    return cutout


def _size(rng: np.random.Generator, cutout: Cutout, face_px: tuple[float, float]) -> float:
    """A face size, evenly between two, and not much above the portrait's own."""
    low, high = face_px
    return min(float(rng.uniform(low, high)), max(low, _LARGEST_MAGNIFICATION * cutout.face_px))
