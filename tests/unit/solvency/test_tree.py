"""The tree: what it proves, and that nothing else can be proved with it."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvency import tree
from solvency.check_inclusion import FORMAT, LIMIT, Refused, check, leaf, node
from solvency.tree import Place

SECRET = bytes(range(32))
ASSET = "BTC"


def name(number: int) -> str:
    return f"usr_{number:026d}"


class Forest:
    """A tree in memory, as the database keeps it: pages by their place."""

    def __init__(self, balances: Mapping[int, tuple[str, int]], levels: int) -> None:
        """`balances`: place to person and balance."""
        self.levels = levels
        self.people = dict(balances)
        leaves = b"".join(
            tree.person_entry(SECRET, asset=ASSET, person=balances[at][0], balance=balances[at][1])
            if at in balances
            else tree.empty_entry(SECRET, at)
            for at in range(1 << levels)
        )
        self.pages = dict(tree.grow(leaves))

    def load(self, places: Collection[Place]) -> dict[Place, bytes]:
        return {at: self.pages[at] for at in places}

    @property
    def root(self) -> bytes:
        return tree.reduce(self.pages[tree.top(self.levels)])

    def put(self, place: int, person: str, balance: int) -> None:
        self.people[place] = (person, balance)
        entry = tree.person_entry(SECRET, asset=ASSET, person=person, balance=balance)
        self.pages |= tree.renew({place: entry}, levels=self.levels, load=self.load)

    def proof(self, place: int, snapshot: int = 1) -> dict[str, Any]:
        person, balance = self.people[place]
        found = tree.way(place, levels=self.levels, load=self.load)
        return {
            "format": FORMAT,
            "snapshot": snapshot,
            "asset": ASSET,
            "person": person,
            "balance": str(balance),
            "salt": tree.salt(SECRET, person).hex(),
            "place": place,
            "siblings": [{"hash": each[:32].hex(), "sum": str(int.from_bytes(each[32:]))} for each in found.siblings],
        }

    def roots(self, snapshot: int = 1) -> dict[str, Any]:
        total = {"root": self.root[:32].hex(), "liabilities": str(int.from_bytes(self.root[32:]))}
        return {
            "format": FORMAT,
            "snapshot": snapshot,
            "at": "2026-11-20T12:00:00+00:00",
            "assets": {ASSET: total | {"levels": self.levels}},
        }


def plain_root(entries: list[bytes]) -> bytes:
    """The tree as a textbook has it."""
    if len(entries) == 1:
        return entries[0]
    half = len(entries) // 2
    return node(plain_root(entries[:half]), plain_root(entries[half:]))


balances = st.integers(min_value=0, max_value=2**200)
forests = st.dictionaries(st.integers(0, 255), balances, min_size=1, max_size=40)


def forest(held: Mapping[int, int], levels: int = 8) -> Forest:
    return Forest({at: (name(at), balance) for at, balance in held.items()}, levels)


@settings(max_examples=25, deadline=None)
@given(forests)
def test_everybody_proves_their_balance_and_the_root_is_the_textbooks(held: dict[int, int]) -> None:
    grown = forest(held)
    entries = [grown.pages[Place(0, at // 64)][at % 64 * 64 : at % 64 * 64 + 64] for at in range(256)]
    assert grown.root == plain_root(entries)
    assert int.from_bytes(grown.root[32:]) == sum(held.values())
    for at, balance in held.items():
        assert check(grown.proof(at), grown.roots(), person=name(at), balance=balance).startswith("YES")


@settings(max_examples=25, deadline=None)
@given(forests, st.dictionaries(st.integers(0, 255), balances, min_size=1, max_size=20))
def test_a_renewed_tree_is_the_one_that_would_be_grown_anew(held: dict[int, int], new: dict[int, int]) -> None:
    grown = forest(held)
    before = dict(grown.pages)
    changes = {
        at: tree.person_entry(SECRET, asset=ASSET, person=name(at), balance=balance) for at, balance in new.items()
    }
    renewed = tree.renew(changes, levels=8, load=grown.load)
    assert {at for at in renewed if at.level == 0} == {Place(0, at // 64) for at in new}
    assert before | renewed == forest(held | new).pages


@settings(max_examples=60, deadline=None)
@given(
    forests,
    st.data(),
    st.sampled_from(["balance", "salt", "place", "sibling hash", "sibling sum", "person", "swap", "drop", "add"]),
)
def test_nothing_in_a_proof_can_be_changed(held: dict[int, int], data: st.DataObject, what: str) -> None:
    grown = forest(held)
    at = data.draw(st.sampled_from(sorted(held)))
    proof = grown.proof(at)
    step = data.draw(st.integers(0, 7))
    other = proof["siblings"][step]
    if what == "balance":
        proof["balance"] = str(data.draw(balances.filter(lambda value: value != held[at])))
    elif what == "salt":
        proof["salt"] = secrets.token_hex(32)
    elif what == "place":
        proof["place"] = data.draw(st.integers(0, 300).filter(lambda place: place != at))
    elif what == "sibling hash":
        other["hash"] = secrets.token_hex(32)
    elif what == "sibling sum":
        other["sum"] = str(data.draw(balances.filter(lambda value: str(value) != other["sum"])))
    elif what == "person":
        proof["person"] = name(999)
    elif what == "swap":
        following = (step + 1) % 8
        proof["siblings"][step], proof["siblings"][following] = proof["siblings"][following], other
    elif what == "drop":
        del proof["siblings"][step]
    else:
        proof["siblings"].insert(step, other)
    with pytest.raises(Refused):
        check(proof, grown.roots())


def test_swapped_siblings_are_found() -> None:
    """Left for right on one step: the place says which is which."""
    grown = forest({4: 10, 5: 20})
    proof = grown.proof(4)
    assert proof["siblings"][0]["sum"] == "20"
    for bit in range(8):
        with pytest.raises(Refused, match="does not lead to the published root"):
            check(proof | {"place": 4 ^ 1 << bit}, grown.roots())


@pytest.mark.parametrize(
    "text", ["-1", "-0", "+5", "05", "5.0", " 5", "5e3", "٥", "", str(LIMIT), 5, None, True, ["5"]]
)
@pytest.mark.parametrize("where", ["balance", "sum", "liabilities"])
def test_a_sum_has_one_form_and_is_never_negative(text: Any, where: str) -> None:
    grown = forest({4: 5, 9: 7})
    proof, roots = grown.proof(4), grown.roots()
    if where == "balance":
        proof["balance"] = text
    elif where == "sum":
        proof["siblings"][3]["sum"] = text
    else:
        roots["assets"][ASSET]["liabilities"] = text
    with pytest.raises(Refused):
        check(proof, roots)


def test_sums_never_run_over() -> None:
    """A sum that came round would hide what is owed: neither the tree nor the script makes one."""
    with pytest.raises(OverflowError):
        forest({1: LIMIT - 1, 2: 1})
    with pytest.raises(OverflowError):
        forest({1: LIMIT})
    with pytest.raises(OverflowError):
        forest({1: -1})
    grown = forest({1: LIMIT - 1})
    assert check(grown.proof(1), grown.roots(), balance=LIMIT - 1)
    with pytest.raises(OverflowError):
        grown.put(200, name(200), 1)
    proof = grown.proof(1)
    proof["siblings"][7]["sum"] = "1"
    with pytest.raises(Refused, match="larger than any sum may be"):
        check(proof, grown.roots())


def test_two_balances_cannot_share_one_total() -> None:
    """
    The flaw of the first trees: a node that hashes only the total lets 10 and 20 be counted as 20.

    The one with 10 is told that their neighbour has 10, and the one with 20 that theirs has nothing.
    """
    one, other = secrets.token_bytes(32), secrets.token_bytes(32)
    sums = {minor: minor.to_bytes(32) for minor in (0, 10, 20)}
    told_one = node(one + sums[10], other + sums[10])
    told_other = node(one + sums[0], other + sums[20])
    assert told_one[32:] == told_other[32:] == sums[20]
    assert told_one[:32] != told_other[:32]


def test_whoever_was_dropped_finds_out() -> None:
    whole, without = forest({4: 10, 77: 20}), forest({77: 20})
    assert check(whole.proof(4), whole.roots())
    with pytest.raises(Refused):
        check(whole.proof(4), without.roots())
    without.people[4] = (name(4), 10)
    with pytest.raises(Refused):
        check(without.proof(4), without.roots())


def test_another_snapshots_proof_is_refused() -> None:
    grown = forest({4: 10, 77: 20})
    old, old_roots = grown.proof(4), grown.roots()
    grown.put(77, name(77), 25)
    assert check(old, old_roots)
    with pytest.raises(Refused, match="another snapshot"):
        check(old, grown.roots(2))
    with pytest.raises(Refused, match="does not lead to the published root"):
        check(old | {"snapshot": 2}, grown.roots(2))
    assert check(grown.proof(4, 2), grown.roots(2))


def test_a_node_is_never_a_leaf_nor_an_asset_another() -> None:
    one = leaf(asset="BTC", person="a", salt=bytes(32), balance=1)
    assert one[:32] != leaf(asset="ETH", person="a", salt=bytes(32), balance=1)[:32]
    assert leaf(asset="BT", person="Ca", salt=bytes(32), balance=1) != leaf(
        asset="BTC", person="a", salt=bytes(32), balance=1
    )
    assert len({node(one, one)[:32], one[:32]}) == 2


def test_nobodys_places_look_like_anybodys() -> None:
    assert tree.empty_entry(SECRET, 1)[:32] != tree.empty_entry(SECRET, 2)[:32]
    assert tree.empty_entry(SECRET, 1)[32:] == bytes(32)
    assert tree.salt(SECRET, name(1)) != tree.salt(SECRET, name(2)) != tree.salt(bytes(32), name(2))


@pytest.mark.parametrize(
    ("people", "levels"), [(0, 6), (1, 6), (64, 6), (65, 7), (4096, 12), (4097, 13), (1_000_000, 20)]
)
def test_a_tree_has_room_for_everybody(people: int, levels: int) -> None:
    assert tree.levels_for(people) == levels


@pytest.mark.parametrize("levels", [6, 7, 11, 12, 13])
def test_every_height_of_tree_proves(levels: int) -> None:
    last = (1 << levels) - 1
    grown = forest({0: 3, last // 2: 4, last: 5}, levels)
    for at in (0, last // 2, last):
        assert check(grown.proof(at), grown.roots())
    grown.put(1, name(1), 9)
    assert check(grown.proof(1), grown.roots(), balance=9)
    assert int.from_bytes(grown.root[32:]) == 21
