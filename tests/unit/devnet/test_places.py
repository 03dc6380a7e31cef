"""Free ports, throwaway places, amounts: the small decisions."""

import socket
from decimal import Decimal

import pytest

from devnet.bitcoin.amounts import Bitcoin, encode, parse_amount
from devnet.bitcoin.errors import RpcError
from devnet.bitcoin.scripts import dust_limit, script_of
from devnet.places import free_port, is_listening


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert is_listening(port)
        assert free_port(port) not in {0, port}


def test_bitcoin_amounts_are_exact_and_never_exponents() -> None:
    assert encode({"value": Bitcoin(1), "list": [Bitcoin(-2_100_000_000_000_000)]}) == (
        '{"value":0.00000001,"list":[-21000000.00000000]}'
    )
    assert parse_amount(Decimal("0.00000001")) == 1
    for wrong in ("0", "-1", "0.000000001", "x", None):
        with pytest.raises(RpcError):
            parse_amount(wrong)


def test_dust_limits_are_those_of_bitcoin_core() -> None:
    limits = {
        "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080": 294,
        "bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6": 330,
        "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r": 546,
        "2N2JD6wb56AfK4tfmM6PwdVmoYk2dCKf4Br": 540,
    }
    assert {address: dust_limit(script_of(address)) for address in limits} == limits


@pytest.mark.parametrize("address", ["", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "bcrt1qxxxx", None])
def test_addresses_of_other_networks_are_refused(address: str | None) -> None:
    with pytest.raises(RpcError) as caught:
        script_of(address)
    assert caught.value.code == -5
