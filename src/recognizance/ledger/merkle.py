"""The Merkle tree of a log: pure functions over stored complete subtrees.

A node (level, index) is the root of the complete subtree over the leaves from index * 2**level
to (index + 1) * 2**level. Whatever an RFC 6962 tree needs is made of such nodes, so a log stores
each once, when its last leaf arrives, and never changes it.

Sources: RFC 6962, section 2.1 (trees and proofs); RFC 9162, section 2.1.4.2 (checking
consistency). Leaf and node hashes and the inclusion check are in `verify`, which runs alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.ledger.verify import EMPTY_ROOT, node_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    ReadNode = Callable[[int, int], bytes]
    """Gives the stored hash of the complete subtree (level, index)."""


def completed_by(index: int, leaf: bytes, read: ReadNode) -> Iterator[tuple[int, int, bytes]]:
    """The complete subtrees that the leaf at `index` completes, as (level, index, hash).

    The first is the leaf itself at level 0. Each further one joins a stored left neighbour with
    the one before.
    """
    level, found = 0, leaf
    yield level, index, found
    while index % 2:
        found = node_hash(read(level, index - 1), found)
        level, index = level + 1, index // 2
        yield level, index, found


def root_of(size: int, read: ReadNode) -> bytes:
    """Root of the first `size` leaves (RFC 6962, 2.1: MTH)."""
    return _range_root(0, size, read) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, read: ReadNode) -> list[bytes]:
    """Audit path of the leaf at `index` in the first `size` leaves, leaf's sibling first.

    RFC 6962, 2.1.1: PATH(index, D[size]). The caller checks 0 <= index < size.
    """
    path = []
    start, stop = 0, size
    while stop - start > 1:
        split = start + _largest_power_below(stop - start)
        if index < split:
            path.append(_range_root(split, stop, read))
            stop = split
        else:
            path.append(_range_root(start, split, read))
            start = split
    return path[::-1]


def consistency_path(old: int, new: int, read: ReadNode) -> list[bytes]:
    """Proof that the first `new` leaves begin with the first `old` ones.

    RFC 6962, 2.1.2: PROOF(old, D[new]). The caller checks 0 < old <= new.
    """
    path = []
    start, stop = 0, new
    while stop > old:
        split = start + _largest_power_below(stop - start)
        if old <= split:
            path.append(_range_root(split, stop, read))
            stop = split
        else:
            path.append(_range_root(start, split, read))
            start = split
    if start:  # otherwise it is the old root itself, which the checker has
        path.append(_range_root(start, stop, read))
    return path[::-1]


def consistency_holds(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether `path` proves that the tree of size `new` extends the one of size `old`.

    RFC 9162, 2.1.4.2. An empty old tree is consistent with every tree, by an empty proof.
    """
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new:
        return old == 0 and not path and old_root == EMPTY_ROOT
    if not path:
        return False
    # A complete old tree is itself the first node of the proof.
    first, *rest = path if old & (old - 1) else [old_root, *path]
    node, last = old - 1, new - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    found_old = found_new = first
    for sibling in rest:
        if last == 0:
            return False
        if node % 2 or node == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def _range_root(start: int, stop: int, read: ReadNode) -> bytes:
    """Root of the leaves from `start` to `stop`; `start` is where such a subtree may begin."""
    peaks = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        peaks.append(read(level, start >> level))
        start += 1 << level
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root


def _largest_power_below(width: int) -> int:
    """Largest power of two that is smaller than `width`, for a width of at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def root_of_leaves(leaves: Sequence[bytes]) -> bytes:
    """Root of a tree by its leaf hashes alone, as RFC 6962, section 2.1, defines it."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(root_of_leaves(leaves[:split]), root_of_leaves(leaves[split:]))
