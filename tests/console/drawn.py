"""An engine whose pictures can be looked at: drawn faces, one for each name. They show nobody."""

import hashlib
import io

from PIL import Image, ImageDraw

from fakes import FakeEngine

SIDE = 256


def drawn(person: str) -> bytes:
    """A face that a name always has, as a JPEG."""
    shades = hashlib.sha256(person.encode()).digest()
    skin = tuple(150 + shade % 90 for shade in shades[:3])
    hair = tuple(20 + shade % 120 for shade in shades[3:6])
    picture = Image.new("RGB", (SIDE, SIDE), (205, 212, 220))
    pen = ImageDraw.Draw(picture)
    wide = 50 + shades[6] % 20
    pen.ellipse((128 - wide - 8, 40, 128 + wide + 8, 170), fill=hair)
    pen.ellipse((128 - wide, 60, 128 + wide, 215), fill=skin)
    for x in (128 - 24, 128 + 24):
        pen.ellipse((x - 8, 120, x + 8, 132), fill="white")
        pen.ellipse((x - 4, 122, x + 4, 131), fill=hair)
    pen.line((128, 130, 122 - shades[7] % 6, 162, 130, 164), fill=hair, width=3)
    pen.arc((104, 165, 152, 190), 10 + shades[8] % 20, 170, fill=(150, 60, 60), width=4)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


class DrawnEngine(FakeEngine):
    """The fake engine, with a picture for each person."""

    def picture(self, frame, detection) -> bytes:
        people = self._fields(frame)[1].split(",")
        return drawn(people[int(detection.landmarks[0, 0])])

    def retaken(self, picture: bytes) -> bytes:
        with Image.open(io.BytesIO(picture)) as opened:
            out = io.BytesIO()
            opened.crop((3, 3, SIDE - 3, SIDE - 3)).resize((SIDE, SIDE)).save(out, "JPEG")
        return out.getvalue()
