"""
What benchmarks.flows prepares with the product's own code: people with money, and sends that wait for a worker.

python -m benchmarks.flows_people open FILE --people 40: writes their ids and access tokens.
python -m benchmarks.flows_people send FILE --sends 600: asks for that many sends of these people.
"""

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import django

PASSWORD = "one of forty people who pay"
NETWORK, ASSET = "ethereum", "ETH"
ETHER_EACH = 1_000
STRANGER = "0x00000000000000000000000000000000000A11cE"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("what", choices=["open", "send"])
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--people", type=int, default=40)
    arguments.add_argument("--sends", type=int, default=600)
    options = arguments.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_project.settings.dev")
    django.setup()
    if options.what == "open":
        options.file.write_text(json.dumps(_open(options.people)))
    else:
        _send(json.loads(options.file.read_text()), options.sends)


def _open(count: int) -> list[dict[str, str]]:
    """Register people, give each a wallet with coins out of the treasury, and make the hot wallet as rich."""
    from django.conf import settings
    from django.utils import timezone

    from custody.queries import hot_address
    from devnet.ethereum import Anvil
    from transactions.services.accounts import open_network_accounts

    open_network_accounts(network=NETWORK, now=timezone.now())
    node = Anvil(settings.NETWORKS[NETWORK].rpc_urls[0])
    node.call("anvil_setBalance", hot_address(network=NETWORK), hex(count * ETHER_EACH * 2 * 10**18))
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_open_one, range(count)))


def _open_one(number: int) -> dict[str, str]:
    from django.utils import timezone

    import ledger.services
    import wallets.services
    from accounts import services as accounts
    from accounts.models import Session
    from kit.clients import Client
    from kit.money import Money
    from transactions.services.accounts import legs, network_account
    from wallets.queries import available_account

    now, client = timezone.now(), Client(address="127.0.0.1", agent="benchmark")
    user = accounts.register(email=f"payer{number}@holdfast.example", password=PASSWORD, client=client, now=now)
    wallet = wallets.services.create_wallet(user_id=user.pk, network=NETWORK, now=now)
    money = Money(ETHER_EACH * 10**18, ASSET)
    lines = legs(network_account(NETWORK, "treasury"), available_account(wallet.pk), money)
    ledger.services.post(key=f"benchmark:{number}", kind="deposit", lines=lines, now=now)
    session = accounts.complete_sign_in(user=user, kind=Session.Kind.TOKEN, client=client, now=now)
    tokens = accounts.issue_tokens(session=session, now=now + timedelta(seconds=0))
    return {"user_id": user.pk, "email": user.email, "wallet_id": wallet.pk, "access": tokens.access}


def _send(people: list[dict[str, str]], count: int) -> None:
    from django.utils import timezone

    from transactions.flows.order import Order, prepare

    began = time.monotonic()
    for number in range(count):
        person, now = people[number % len(people)], timezone.now()
        order = Order("send", person["wallet_id"], ASSET, "0.0001", STRANGER)
        prepare(order, user_id=person["user_id"], now=now).carry_out(f"benchmark:{number}", now)
    print(f"{count / (time.monotonic() - began):.0f} asked for in a second")


if __name__ == "__main__":
    main()
