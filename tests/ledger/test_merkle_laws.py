from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.ledger.merkle import (
    completed_by,
    consistency_holds,
    consistency_path,
    inclusion_path,
    root_of,
)
from recognizance.ledger.verify import inclusion_holds, leaf_hash

# ---- the oracle: RFC 6962, section 2.1, word by word and without any stored node --------------


def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = split_of(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split_of(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split_of(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known=known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], known=False), mth(leaves[:k])]


def split_of(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class Tree:
    """The log's way: nodes stored once, never changed."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.nodes: dict[tuple[int, int], bytes] = {}
        for index, leaf in enumerate(leaves):
            for level, place, found in completed_by(index, leaf_hash(leaf), self.read):
                assert (level, place) not in self.nodes
                self.nodes[level, place] = found

    def read(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


SIZE = 40
LEAVES = [bytes([n]) * (n % 5) + b"%d" % n for n in range(SIZE)]
TREE = Tree(LEAVES)
ROOTS = [mth(LEAVES[:size]) for size in range(SIZE + 1)]


def test_published_roots():
    # The test vectors of the Certificate Transparency reference implementation.
    leaves = [
        bytes.fromhex(text)
        for text in (
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        )
    ]
    tree = Tree(leaves)
    assert [root_of(size, tree.read).hex() for size in (1, 2, 3, 8)] == [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]


def test_every_root_is_that_of_the_definition():
    assert [root_of(size, TREE.read) for size in range(SIZE + 1)] == ROOTS


def test_every_inclusion_path_is_that_of_the_definition_and_holds():
    for size in range(1, SIZE + 1):
        for index in range(size):
            found = inclusion_path(index, size, TREE.read)
            assert found == path(index, LEAVES[:size])
            assert inclusion_holds(leaf_hash(LEAVES[index]), index, size, found, ROOTS[size])


def test_every_consistency_path_is_that_of_the_definition_and_holds():
    for new in range(1, SIZE + 1):
        for old in range(1, new + 1):
            found = consistency_path(old, new, TREE.read)
            assert found == subproof(old, LEAVES[:new], known=True)
            assert consistency_holds(old, ROOTS[old], new, ROOTS[new], found)


@given(st.data())
def test_a_proof_of_anything_else_does_not_hold(data):
    size = data.draw(st.integers(1, SIZE))
    index = data.draw(st.integers(0, size - 1))
    found = inclusion_path(index, size, TREE.read)
    leaf, root = leaf_hash(LEAVES[index]), ROOTS[size]
    other = data.draw(st.integers(0, SIZE - 1).filter(lambda n: n != index))
    assert not inclusion_holds(leaf_hash(LEAVES[other]), index, size, found, root)
    assert not inclusion_holds(leaf, index, size, [*found, root], root)
    assert not inclusion_holds(leaf, index, size, found, ROOTS[size - 1])
    assert not inclusion_holds(leaf, size, size, found, root)
    if found:
        assert not inclusion_holds(leaf, index, size, found[:-1], root)
        place = data.draw(st.integers(0, len(found) - 1))
        changed = [*found[:place], bytes(32), *found[place + 1 :]]
        assert not inclusion_holds(leaf, index, size, changed, root)


@given(st.data())
def test_a_rewritten_past_is_not_consistent(data):
    new = data.draw(st.integers(2, SIZE))
    old = data.draw(st.integers(1, new - 1))
    found = consistency_path(old, new, TREE.read)
    place = data.draw(st.integers(0, old - 1))
    forged = mth([*LEAVES[:place], b"forged", *LEAVES[place + 1 : old]])
    assert not consistency_holds(old, forged, new, ROOTS[new], found)
    assert not consistency_holds(old, ROOTS[old], new, forged, found)
    assert not consistency_holds(old, ROOTS[old], new, ROOTS[new], found[:-1])
    assert not consistency_holds(old, ROOTS[old], new, ROOTS[new], [*found, bytes(32)])


def test_the_edges_of_consistency():
    assert consistency_holds(0, ROOTS[0], 5, ROOTS[5], [])
    assert not consistency_holds(0, ROOTS[1], 5, ROOTS[5], [])
    assert not consistency_holds(0, ROOTS[0], 5, ROOTS[5], [bytes(32)])
    assert consistency_holds(5, ROOTS[5], 5, ROOTS[5], [])
    assert not consistency_holds(5, ROOTS[5], 5, ROOTS[4], [])
    assert not consistency_holds(6, ROOTS[6], 5, ROOTS[5], [])
    assert not consistency_holds(3, ROOTS[3], 5, ROOTS[5], [])


@pytest.mark.parametrize("index", [-1, 1, 2])
def test_an_index_outside_the_tree_is_in_no_tree(index):
    assert not inclusion_holds(leaf_hash(LEAVES[0]), index, 1, [], ROOTS[1])
