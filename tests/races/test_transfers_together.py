"""Transfers of many threads at once: done in one commit, and each still its own."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from django.db import connection

import ledger.queries
from events.models import Event
from kit.errors import BusyElsewhere
from kit.money import Money
from ledger.errors import InsufficientFunds
from ledger.models import Posting
from tests.factories.accounts import make_user
from tests.factories.wallets import fund, make_full_wallet
from tests.laws.ledger import check_ledger_laws
from tests.laws.whole import every_status_has_its_fact, feeds_have_no_gaps
from tests.races.together import do_together
from transactions.errors import IdempotencyKeyReused, RequestInFlight
from transactions.flows import company, transfer
from transactions.models import IdempotencyRecord, Status, Step, Transaction
from transactions.services import idempotency
from transactions.services.idempotency import Answer
from wallets.models import Wallet
from wallets.queries import available_account
from wallets.services import create_wallet

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(120)]

SECONDS = 20
LEADER = "held-up"


class People:
    """Someone rich, others with ten units each, and one who receives."""

    def __init__(self, rich: Wallet, others: list[Wallet], taker: Wallet, now: datetime) -> None:
        self.rich, self.others, self.taker, self.now = rich, others, taker, now

    def ask(self, giver: Wallet, minor: int, *, key: str, taker: Wallet | None = None) -> Callable[[], Any]:
        """Return the call by which this person asks for a transfer, as the API makes it."""

        now = self.now

        def ask() -> Answer:
            call = idempotency.call(user_id=giver.user_id, key=key, route="transactions", body={"amount": minor})
            with structlog.contextvars.bound_contextvars(request_id=key):
                to = (taker or self.taker).pk
                order = transfer.order(
                    user_id=giver.user_id, wallet_id=giver.pk, asset="ETH", minor=minor, to=to, memo=""
                )
                return company.answer_once(call, order, now=now)

        return ask

    def balance(self, wallet: Wallet) -> int:
        return ledger.queries.balance(code=available_account(wallet.pk), asset="ETH")


@pytest.fixture
def people(settings: Any, tmp_path: Path, now: datetime) -> People:
    rich = make_full_wallet(settings, tmp_path, minor=1_000, now=now, network="ethereum", asset="ETH")
    others = [create_wallet(user_id=make_user(now=now).pk, network="ethereum", now=now) for _ in range(6)]
    for wallet in others[:5]:
        fund(wallet, Money(10, "ETH"), now=now)
    return People(rich, others[:5], others[5], now)


@contextmanager
def account_locked(wallet: Wallet) -> Iterator[None]:
    """Keep an account locked, as a long commit of some other process would."""
    own = connection.settings_dict
    where = {"host": own["HOST"], "port": own["PORT"], "user": own["USER"], "password": own["PASSWORD"]}
    with psycopg.connect(dbname=own["NAME"], **where) as outside:
        outside.execute("SELECT 1 FROM ledger_account WHERE code = %s FOR UPDATE", [available_account(wallet.pk)])
        yield
        outside.rollback()


@contextmanager
def answers_locked() -> Iterator[None]:
    """Keep the table of answers locked, so that whoever leads is held up as it begins."""
    own = connection.settings_dict
    where = {"host": own["HOST"], "port": own["PORT"], "user": own["USER"], "password": own["PASSWORD"]}
    with psycopg.connect(dbname=own["NAME"], **where) as outside:
        outside.execute("LOCK TABLE transactions_idempotencyrecord IN ACCESS EXCLUSIVE MODE")
        yield
        outside.rollback()


def together(people: People, calls: list[Callable[[], Any]], *, locked: Wallet | None = None) -> list[Any]:
    """Have all these calls wait behind one that is held up by a lock, so that they are one group; then let it go."""
    outcomes: list[Any] = []
    with answers_locked():
        first = threading.Thread(target=lambda: outcomes.append(do_together([people.ask(people.rich, 1, key=LEADER)])))
        first.start()
        _wait(lambda: company._company._is_led or bool(outcomes))
        assert not outcomes, outcomes
        rest = threading.Thread(target=lambda: outcomes.append(do_together(calls)))
        rest.start()
        _wait(lambda: len(company._company._queue) == len(calls))
    first.join(SECONDS)
    rest.join(SECONDS)
    lone: list[Any]
    answers: list[Any]
    lone, answers = sorted(outcomes, key=len) if len(calls) > 1 else outcomes
    assert [answer.status_code for answer in lone] == [201]
    return answers


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.002)


def commits_of(transactions: list[str]) -> int:
    """Return in how many commits these transactions were written, by the system column of their rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT xid) FROM events_event WHERE subject = ANY(%s) AND type = 'transaction.initiated'",
            [[f"transactions.transaction:{each}" for each in transactions]],
        )
        found: int = cursor.fetchone()[0]
    return found


def check_books() -> None:
    check_ledger_laws()
    every_status_has_its_fact()
    feeds_have_no_gaps()


def test_they_are_one_commit_and_each_is_whole(people: People) -> None:
    answers = together(people, [people.ask(giver, 4, key=f"k{place}") for place, giver in enumerate(people.others)])
    assert [answer.status_code for answer in answers] == [201] * 5
    made = [answer.body["id"] for answer in answers]
    assert commits_of(made) == 1
    assert [people.balance(giver) for giver in people.others] == [6] * 5
    assert people.balance(people.taker) == 21
    for place, number in enumerate(made):
        done = Transaction.objects.get(pk=number)
        assert (done.status, done.user_id) == (Status.COMPLETED, people.others[place].user_id)
        assert list(Step.objects.filter(transaction=done).values_list("state", flat=True)) == ["done"] * 3
        facts = Event.objects.filter(subject=f"transactions.transaction:{number}").order_by("id")
        assert [fact.type for fact in facts] == [
            "flow.InitiateTransferCommand",
            "transaction.initiated",
            "transaction.balance_reserved",
            "transaction.provider_selected",
            "transaction.provider_processing",
            "transaction.balance_updated",
            "transaction.completed",
            "transfer.received",
        ]
        assert {fact.request_id for fact in facts} == {f"k{place}"}
        assert answers[place].body["steps"] == [{**step, "state": "done"} for step in answers[place].body["steps"]]
        assert Posting.objects.filter(key=f"transfer:{number}").count() == 1
    assert Event.objects.filter(type="balance.updated", subject=f"wallets.wallet:{people.taker.pk}").count() == 2
    check_books()


def test_who_is_short_is_refused_alone_and_leaves_nothing(people: People) -> None:
    first, second, third, *_ = people.others
    answers = together(
        people,
        [people.ask(first, 4, key="fits"), people.ask(second, 11, key="short"), people.ask(third, 10, key="fits-too")],
    )
    assert [type(answer) for answer in answers] == [Answer, InsufficientFunds, Answer]
    assert [people.balance(wallet) for wallet in (first, second, third)] == [6, 10, 0]
    assert not Transaction.objects.filter(user_id=second.user_id).exists()
    assert not IdempotencyRecord.objects.filter(user_id=second.user_id).exists()
    assert not Event.objects.filter(user_id=second.user_id, type__startswith="transaction.").exists()
    check_books()


def test_one_balance_pays_for_as_many_as_it_covers(people: People) -> None:
    giver = people.others[0]
    answers = together(people, [people.ask(giver, 3, key=f"k{place}") for place in range(6)])
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["Answer"] * 3 + ["InsufficientFunds"] * 3
    assert people.balance(giver) == 1
    assert Transaction.objects.filter(user_id=giver.user_id).count() == 3
    check_books()


def test_money_received_in_a_group_can_be_given_on_in_it_but_not_before(people: People) -> None:
    """Each counts as if done after those before it, whatever the order in which they came."""
    giver, poor = people.others[0], people.taker
    back = people.ask(poor, 10, key="on", taker=people.others[1])
    answers = together(people, [people.ask(giver, 10, key="to"), back])
    assert isinstance(answers[0], Answer)
    assert isinstance(answers[1], Answer | InsufficientFunds)
    is_passed_on = isinstance(answers[1], Answer)
    assert people.balance(people.others[1]) == (20 if is_passed_on else 10)
    check_books()


def test_the_same_key_twice_moves_money_once(people: People) -> None:
    giver, other = people.others[:2]
    same = [people.ask(giver, 4, key="same"), people.ask(giver, 4, key="same")]
    *answers, others = together(people, [*same, people.ask(other, 4, key="other")])
    assert {type(answer) for answer in answers} == {Answer, RequestInFlight}
    done = next(answer for answer in answers if isinstance(answer, Answer))
    assert commits_of([done.body["id"], others.body["id"]]) == 1, "it has broken nobody's company"
    assert people.balance(giver) == 6
    again = people.ask(giver, 4, key="same")()
    assert again.is_replayed
    assert again.body in [answer.body for answer in answers if isinstance(answer, Answer)]
    assert people.balance(giver) == 6
    with pytest.raises(IdempotencyKeyReused):
        people.ask(giver, 5, key="same")()
    assert people.balance(giver) == 6


def test_an_answer_given_before_is_given_again_and_another_request_under_its_key_is_refused(people: People) -> None:
    first, second, third, *_ = people.others
    before = people.ask(first, 1, key="old")()
    people.ask(second, 1, key="used")()
    answers = together(
        people,
        [people.ask(first, 1, key="old"), people.ask(second, 2, key="used"), people.ask(third, 1, key="new")],
    )
    assert answers[0] == Answer(201, before.body, is_replayed=True)
    assert isinstance(answers[1], IdempotencyKeyReused)
    assert isinstance(answers[2], Answer)
    assert [people.balance(wallet) for wallet in (first, second, third)] == [9, 9, 9]


def test_a_forgotten_key_that_made_a_transfer_is_refused(people: People) -> None:
    first, second, *_ = people.others
    people.ask(first, 1, key="old")()
    IdempotencyRecord.objects.all().delete()
    people.now += timedelta(days=8)
    answers = together(people, [people.ask(first, 1, key="old"), people.ask(second, 1, key="new")])
    assert isinstance(answers[0], IdempotencyKeyReused)
    assert isinstance(answers[1], Answer)
    assert [people.balance(wallet) for wallet in (first, second)] == [9, 9]
    assert not IdempotencyRecord.objects.filter(user_id=first.user_id).exists()


def test_a_locked_account_holds_up_its_own_transfer_only(people: People) -> None:
    slow, quick = people.others[:2]
    done: list[str] = []

    def noting(name: str, call: Callable[[], Any]) -> Callable[[], Any]:
        def ask() -> Any:
            answer = call()
            done.append(name)
            return answer

        return ask

    calls = [noting("slow", people.ask(slow, 4, key="slow")), noting("quick", people.ask(quick, 4, key="quick"))]
    with account_locked(slow):
        outcomes: list[Any] = []
        all_of_them = threading.Thread(target=lambda: outcomes.extend(together(people, calls)))
        all_of_them.start()
        _wait(lambda: done == ["quick"])
        assert people.balance(quick) == 6
    all_of_them.join(SECONDS)
    assert done == ["quick", "slow"]
    assert [type(outcome) for outcome in outcomes] == [Answer, Answer]
    assert people.balance(slow) == 6
    assert not any(isinstance(outcome, BusyElsewhere) for outcome in outcomes)
    check_books()


def test_a_locked_account_of_one_that_leads_holds_up_nobody_else(people: People) -> None:
    slow, quick = people.others[:2]
    outcomes: list[Any] = []
    with account_locked(slow):
        lone = threading.Thread(target=lambda: outcomes.extend(do_together([people.ask(slow, 4, key="slow")])))
        lone.start()
        _wait(_waits_for_an_account)
        (done,) = do_together([people.ask(quick, 4, key="quick")])
        assert done.status_code == 201
        assert (people.balance(quick), people.balance(slow), outcomes) == (6, 10, [])
    lone.join(SECONDS)
    assert [outcome.status_code for outcome in outcomes] == [201]
    assert people.balance(slow) == 6
    check_books()


def _waits_for_an_account() -> bool:
    """Tell whether some connection waits for a row that another has locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%ledger_post(%'"
        )
        waiting: int = cursor.fetchone()[0]
    return waiting > 0


def test_where_anything_breaks_each_is_done_alone(people: People) -> None:
    """One whose rows cannot be written, here by a constraint, costs the others their company and nothing else."""
    with connection.cursor() as cursor:
        victim = people.others[1].user_id
        cursor.execute(
            "ALTER TABLE transactions_step ADD CONSTRAINT a_test CHECK (true);"
            "CREATE FUNCTION a_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.user_id = '{victim}' THEN RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'; END IF;"
            " RETURN NEW; END $$;"
            "CREATE TRIGGER a_test BEFORE INSERT ON transactions_transaction FOR EACH ROW EXECUTE FUNCTION a_test();"
        )
    try:
        answers = together(people, [people.ask(giver, 4, key=f"k{at}") for at, giver in enumerate(people.others[:3])])
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "DROP TRIGGER a_test ON transactions_transaction; DROP FUNCTION a_test();"
                "ALTER TABLE transactions_step DROP CONSTRAINT a_test"
            )
    assert [type(answer).__name__ for answer in answers] == ["Answer", "IntegrityError", "Answer"]
    assert [people.balance(giver) for giver in people.others[:3]] == [6, 10, 6]
    assert commits_of([answers[0].body["id"], answers[2].body["id"]]) == 2
    check_books()
