"""Base45 (RFC 9285): bytes in the alphabet that QR codes hold at 5.5 bits a letter.

A QR code can hold bytes as they are, but readers hand bytes on as text, each in an encoding of its
own guess (OpenCV's gives Latin-1 turned into UTF-8). In this alphabet nothing is left to guess; it
takes 3 letters for 2 bytes, so 16.5 bits for 16.
"""

from __future__ import annotations

from recognizance.errors import BearerUnreadableError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""RFC 9285, table 1."""

_PAIR_DIGITS, _LAST_DIGITS = 3, 2


def base45_length(size: int) -> int:
    """How many letters so many bytes take."""
    return size // 2 * _PAIR_DIGITS + size % 2 * _LAST_DIGITS


def to_base45(data: bytes) -> str:
    """Write bytes as Base45 (RFC 9285): the alphabet that QR codes hold at 5.5 bits a letter."""
    digits: list[int] = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair)
        for _ in range(_PAIR_DIGITS if len(pair) > 1 else _LAST_DIGITS):
            number, digit = divmod(number, len(ALPHABET))
            digits.append(digit)
    return "".join(ALPHABET[digit] for digit in digits)


def from_base45(text: str) -> bytes:
    """Read what `to_base45` wrote, and nothing else.

    Raises:
        BearerUnreadableError: A letter or a group is not one that `to_base45` writes.
    """
    data = bytearray()
    for start in range(0, len(text), _PAIR_DIGITS):
        group = [ALPHABET.find(letter) for letter in text[start : start + _PAIR_DIGITS]]
        number = sum(digit * len(ALPHABET) ** place for place, digit in enumerate(group))
        length = len(group) - 1
        if min(group) < 0 or length == 0 or number >= 256**length:
            raise BearerUnreadableError(
                "What was shown holds letters that no token holds.",
                hint="Scan the whole code again, or send the person the other way.",
            )
        data += number.to_bytes(length)
    return bytes(data)
