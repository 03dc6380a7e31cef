import os

import pytest
from embit.networks import NETWORKS
from embit.script import Script

from chains.adapters.bitcoin_address import to_address, to_script
from chains.errors import AddressInvalid
from tests.factories.chains import adapter, key

# BIP-350, "Test vectors for v0-v16 native segregated witness addresses", those of kinds in use
VALID_WITNESS = [
    ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "main", "0014751e76e8199196d454941c45d1b3a323f1433bd6"),
    (
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        "test",
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
    ),
    (
        "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
        "signet",
        "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
    ),
    (
        "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
        "test",
        "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
    ),
    (
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "main",
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    ),
]
# BIP-350: well formed, but of a version or length without rules yet: anyone could spend what is sent there
NOT_IN_USE = [
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    "BC1SW50QGDZ25J",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
]
# BIP-350, "invalid segwit addresses", and BIP-173's where they are others
INVALID_WITNESS = [
    "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
    "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
    "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
    "bc1pw5dgrnzv",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
    "bc1gmk9yu",
    "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    "bc1rw5uspcuh",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
]
LEGACY = [
    ("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "main", "76a91477bff20c60e522dfaa3350c39b030a5d004e839a88ac"),
    ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "main", "a914b472a266d0bd89c13706a4132ccfb16f7c3b9fcb87"),
    ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "regtest", "76a914243f1394f44554f4ce3fd68649c19adc483ce92488ac"),
    ("2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc", "test", "a9144e9f39ca4688ff102128ea4ccda34105324305b087"),
]


@pytest.mark.parametrize(("address", "chain", "script"), [*VALID_WITNESS, *LEGACY])
def test_official_addresses_become_their_scripts_and_back(address, chain, script):
    assert to_script(address, chain=chain).hex() == script
    is_witness = address.lower().startswith(("bc1", "tb1"))
    assert to_address(bytes.fromhex(script), chain=chain) == (address.lower() if is_witness else address)


@pytest.mark.parametrize("address", INVALID_WITNESS)
@pytest.mark.parametrize("chain", ["main", "test"])
def test_official_invalid_addresses_are_refused_on_every_chain(address, chain):
    with pytest.raises(AddressInvalid):
        to_script(address, chain=chain)


@pytest.mark.parametrize("address", NOT_IN_USE)
def test_a_witness_version_without_rules_is_refused(address):
    with pytest.raises(AddressInvalid, match="not in use yet"):
        to_script(address, chain="main")


@pytest.mark.parametrize(("address", "chain", "script"), [*VALID_WITNESS, *LEGACY])
def test_an_address_of_another_chain_is_refused(address, chain, script):
    other = "main" if chain != "main" else "regtest"
    with pytest.raises(AddressInvalid, match="another Bitcoin network"):
        to_script(address, chain=other)


ALIKE = {"test": {"test", "signet"}, "signet": {"test", "signet"}}
"""Chains whose witness addresses are the same; of legacy ones, all but the main chain's are."""


@pytest.mark.parametrize("script", ["0014" + "11" * 20, "0020" + "22" * 32, "5120" + "33" * 32])
def test_every_kind_is_paid_on_its_own_chain_and_refused_on_every_other(script):
    for chain in ("main", "test", "signet", "regtest"):
        address = str(to_address(bytes.fromhex(script), chain=chain))
        for other in ("main", "test", "signet", "regtest"):
            if other in ALIKE.get(chain, {chain}):
                assert to_script(address, chain=other).hex() == script
                assert to_script(address.upper(), chain=other).hex() == script
            else:
                with pytest.raises(AddressInvalid, match="another Bitcoin network"):
                    to_script(address, chain=other)


@pytest.mark.parametrize("script", ["76a914" + "44" * 20 + "88ac", "a914" + "55" * 20 + "87"])
def test_legacy_kinds_are_refused_between_main_and_the_others(script):
    for chain, other in (("main", "test"), ("test", "main"), ("regtest", "main"), ("main", "signet")):
        address = str(to_address(bytes.fromhex(script), chain=chain))
        assert to_script(address, chain=chain).hex() == script
        with pytest.raises(AddressInvalid, match="another Bitcoin network"):
            to_script(address, chain=other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN",
        "11BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "１BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "1",
        "a" * 5_000,
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(AddressInvalid):
        to_script(text, chain="main")


def test_own_addresses_are_witness_key_hashes_of_the_chain():
    # BIP-84's first address: m/84'/0'/0'/0/0 of "abandon … about"
    public_key = bytes.fromhex("0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c")
    assert adapter("bitcoin", chain="main").address_of(public_key) == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    assert adapter("bitcoin", chain="regtest").address_of(key("x").public_key.format()).startswith("bcrt1q")


def test_scripts_without_an_address_have_none():
    for script in [
        "",
        "6a0401020304",
        "2103c9f4836b9a4f77fc0d81f7bcb01b7f1b35916864b9476c241ce9fc198bd25432ac",
        "51024e73",
    ]:
        assert to_address(bytes.fromhex(script), chain="main") is None


@pytest.mark.parametrize("chain", ["main", "test", "signet", "regtest"])
def test_addresses_are_written_as_another_program_writes_them(chain):
    digests = [
        bytes(20),
        bytes(32),
        b"\0" * 3 + b"\xff" * 17,
        b"\xff" * 32,
        *(os.urandom(length) for length in (20, 32) * 50),
    ]
    for digest in digests:
        scripts = [b"\0" + bytes([len(digest)]) + digest]
        if len(digest) == 20:
            scripts += [b"\x76\xa9\x14" + digest + b"\x88\xac", b"\xa9\x14" + digest + b"\x87"]
        else:
            scripts += [b"\x51\x20" + digest]
        for each in scripts:
            written = to_address(each, chain=chain)
            assert written == Script(each).address(NETWORKS[chain])
            assert to_script(str(written), chain=chain) == each
