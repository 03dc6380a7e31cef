"""Trees in the database: they say what the ledger says, change where it changes, and prove it for every snapshot."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from kit.errors import NotFound
from kit.money import Money
from ledger.services import Line, Purpose, open_account, post
from solvency.check_inclusion import Refused, check
from solvency.errors import LiabilitiesDiffer, NotInSnapshot
from solvency.models import Leaf, Page, Root, Snapshot, Tree
from solvency.queries import owed
from solvency.queries.proofs import proof
from solvency.services import trees
from tests.factories.accounts import make_user
from tests.factories.custody import make_vaults, use_no_keys
from tests.factories.solvency import check_person, publish, roots_of
from tests.factories.wallets import fund
from wallets.models import Reservation, ReservationPart, Wallet
from wallets.queries import available_account
from wallets.services import create_wallet
from wallets.services.reservations import Part, reserve

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


class House:
    """People with bitcoin, and the clock."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.owed: dict[str, int] = {}

    def add(self, minor: int, *, user_id: str = "") -> Wallet:
        """Open a wallet, of a new person unless one is named, with so much in it."""
        wallet = create_wallet(user_id=user_id or make_user(now=self.now).pk, network="bitcoin", now=self.now)
        self.owed[wallet.user_id] = self.owed.get(wallet.user_id, 0) + minor
        if minor:
            self.fund(wallet, minor, is_counted=False)
        return wallet

    def fund(self, wallet: Wallet, minor: int, *, is_counted: bool = True) -> None:
        fund(wallet, Money(minor, "BTC"), now=self.now)
        self.owed[wallet.user_id] += minor if is_counted else 0

    def publish(self, **more: Any) -> Snapshot:
        self.now += timedelta(days=1)
        snapshot = publish(now=self.now, **more)
        found = roots_of(snapshot)["assets"]["BTC"]
        assert int(found["liabilities"]) == sum(self.owed.values())
        for person, minor in self.owed.items():
            check_person(snapshot, person, "BTC", minor)
        return snapshot


@pytest.fixture
def house(settings: Any, tmp_path: Path, now: datetime) -> House:
    make_vaults(settings, tmp_path)
    use_no_keys(settings)
    return House(now)


def test_everybody_is_counted_once_with_all_they_have(house: House) -> None:
    first, _ = house.add(100), house.add(250)
    house.add(40, user_id=first.user_id)  # another wallet of the same person
    house.add(0)
    reserve(
        key="held",
        wallet=first,
        kind=Reservation.Kind.HARD,
        parts=[Part(ReservationPart.Name.AMOUNT, Money(30, "BTC"))],
        purpose="a send",
        now=house.now,
    )
    snapshot = house.publish()
    assert Leaf.objects.count() == 3
    assert int(roots_of(snapshot)["assets"]["BTC"]["liabilities"]) == 390


def test_a_house_with_nobody_in_it(house: House) -> None:
    assert roots_of(house.publish())["assets"]["BTC"]["liabilities"] == "0"
    house.add(7)
    house.publish()


def test_only_what_changed_is_renewed_and_every_snapshot_stays_provable(house: House) -> None:
    wallets = [house.add(minor) for minor in range(70)]  # more than one page
    first, before = house.publish(), dict(house.owed)
    tree = Tree.objects.get()
    assert (tree.levels, Page.objects.count()) == (7, 3)

    unchanged = house.publish()
    assert Root.objects.get(snapshot=unchanged).renewed == 0
    assert Page.objects.count() == 3
    house.fund(wallets[3], 1_000)
    newcomer = house.add(5)
    third = house.publish()
    assert Root.objects.get(snapshot=third).renewed == 2
    changed = Leaf.objects.filter(person__in=[wallets[3].user_id, newcomer.user_id]).values_list("place", flat=True)
    assert Page.objects.filter(snapshot=third, level=0).count() == len({place // 64 for place in changed})
    assert Tree.objects.get() == tree

    for person, minor in before.items():
        check_person(first, person, "BTC", minor)
    with pytest.raises(NotInSnapshot):
        proof(user_id=newcomer.user_id, snapshot=first.pk, asset="BTC")
    own = proof(user_id=wallets[3].user_id, snapshot=first.pk, asset="BTC")
    with pytest.raises(Refused, match="another snapshot"):
        check(own, roots_of(third))


def test_a_full_tree_gives_way_to_a_larger_one_and_an_old_one_to_other_places(house: House, settings: Any) -> None:
    for minor in range(64):
        house.add(minor)
    first = house.publish()
    house.add(1_000)
    house.publish()
    assert list(Tree.objects.order_by("pk").values_list("levels", "is_current")) == [(6, False), (7, True)]
    settings.SOLVENCY_TREE_DAYS = 1
    house.publish()
    old, new = Tree.objects.order_by("pk")[1:]
    assert bytes(old.secret) != bytes(new.secret)
    places = [list(tree.leaves.order_by("person").values_list("place", flat=True)) for tree in (old, new)]
    assert places[0] != places[1] != sorted(places[1])
    person = Leaf.objects.filter(tree=new).first()
    assert person is not None
    salts = {proof(user_id=person.person, snapshot=pk, asset="BTC")["salt"] for pk in (first.pk + 1, first.pk + 2)}
    assert len(salts) == 2


def test_what_does_not_add_up_is_not_published(house: House, now: datetime) -> None:
    house.add(100)
    open_account(code="wallet:wal_nobody:available", asset="BTC", purpose=Purpose.USER_AVAILABLE, now=now)
    lines = [Line("network:test:treasury", Money(-9, "BTC")), Line("wallet:wal_nobody:available", Money(9, "BTC"))]
    post(key="stray", kind="test.stray", lines=lines, now=now)
    with pytest.raises(LiabilitiesDiffer, match="The leaves of BTC make 100, the ledger says 109"):
        publish(now=now)
    assert not Root.objects.exists()
    assert not Snapshot.objects.filter(status="published").exists()


def test_a_negative_balance_is_refused(house: House, now: datetime) -> None:
    wallet = house.add(100)
    with connection.cursor() as cursor:  # past every law of the ledger
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_not_overdrawn")
        try:
            cursor.execute("UPDATE ledger_account SET balance = -1 WHERE code = %s", [available_account(wallet.pk)])
            with pytest.raises(LiabilitiesDiffer, match="below zero"):
                publish(now=now)
        finally:
            cursor.execute("UPDATE ledger_account SET balance = 100 WHERE code = %s", [available_account(wallet.pk)])
            cursor.execute(
                "ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_not_overdrawn CHECK"
                " (normal_side = 'credit' AND balance >= 0 OR normal_side = 'debit' AND balance <= 0)"
            )
            cursor.execute("SET session_replication_role = DEFAULT")


def test_a_moment_is_one_moment(house: House) -> None:
    """What is posted while the ledger is read is in none of its figures."""
    from threading import Thread

    from django.db import connections

    wallet = house.add(100)

    def pay() -> None:
        fund(wallet, Money(50, "BTC"), now=house.now)
        connections.close_all()

    with owed.at_one_moment():
        assert owed.totals() == {"BTC": 100, "ETH": 0} or owed.totals()["BTC"] == 100
        thread = Thread(target=pay)
        thread.start()
        thread.join()
        assert owed.totals()["BTC"] == 100
        assert dict(owed.everybody("BTC")) == {wallet.user_id: 100}
        with pytest.raises(DatabaseError), transaction.atomic():
            Snapshot.objects.create(taken_at=house.now, updated_at=house.now)
    assert owed.totals()["BTC"] == 150


def test_a_changed_page_or_leaf_is_found_by_whoever_checks(house: House) -> None:
    wallets = [house.add(minor) for minor in (10, 20, 30)]
    snapshot = house.publish()
    page = Page.objects.get()
    content = bytearray(page.content)
    place = Leaf.objects.get(person=wallets[0].user_id).place
    content[place * 64 + 63] ^= 1
    Page.objects.filter(pk=page.pk).update(content=bytes(content))
    with pytest.raises(NotInSnapshot):
        proof(user_id=wallets[0].user_id, snapshot=snapshot.pk, asset="BTC")
    with pytest.raises(Refused):
        check_person(snapshot, wallets[1].user_id, "BTC", 20)


def test_published_files_and_roots_never_change(house: House) -> None:
    house.add(1)
    snapshot = house.publish()
    for change in (
        lambda: Snapshot.objects.filter(pk=snapshot.pk).update(roots="{}"),
        lambda: Snapshot.objects.filter(pk=snapshot.pk).update(status="building"),
        lambda: Root.objects.update(liabilities_minor=0),
        lambda: Root.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    leaf = Leaf.objects.get()
    for fields in ({"person": leaf.person, "place": leaf.place + 1}, {"person": "usr_other", "place": leaf.place}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Leaf.objects.create(tree=leaf.tree, balance=0, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Leaf.objects.update(balance=-1)


def test_a_tree_laid_down_by_a_process_that_died_is_forgotten(house: House) -> None:
    house.add(1)
    with owed.at_one_moment():
        draft = trees.draft("BTC", total=1, anew=True, now=house.now)
    draft.tree.save(force_insert=True)
    trees._copy_leaves(draft.tree, draft.standings)
    assert trees.forget_unfinished() == 1
    assert not Leaf.objects.exists()
    house.publish()
    assert trees.forget_unfinished() == 0


def test_what_is_not_published_proves_nothing(house: House) -> None:
    wallet = house.add(1)
    snapshot = house.publish()
    for number, asset, kind in ((snapshot.pk + 1, "BTC", NotFound), (snapshot.pk, "ETH", NotInSnapshot)):
        with pytest.raises(kind):
            proof(user_id=wallet.user_id, snapshot=number, asset=asset)
    with pytest.raises(NotInSnapshot):
        proof(user_id=make_user(now=house.now).pk, snapshot=snapshot.pk, asset="BTC")
