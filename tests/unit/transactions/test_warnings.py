"""Which characters of an address people compare, and what is said of one they are about to send to."""

import pytest

from transactions.queries.warnings import ends, of_send


@pytest.mark.parametrize(
    ("address", "compared"),
    [
        ("0x52908400098527886E0F7030069857D2E4169EE7", ("5290", "9ee7")),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", ("w508", "f3t4")),
        ("bcrt1pqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3wf0qm", ("qyqs", "f0qm")),
        ("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", ("bvbm", "nvn2")),
        ("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ", ("a7qy", "vsgz")),
    ],
)
def test_ends(address: str, compared: tuple[str, str]) -> None:
    assert ends(address) == compared


def test_what_is_said() -> None:
    def codes(*, is_new: bool = False, looks_like: str = "", memo: bool = False) -> list[str]:
        return [each.code for each in of_send(is_new_address=is_new, looks_like=looks_like, may_need_memo=memo)]

    assert codes() == []
    assert codes(is_new=True) == ["address_new"]
    assert codes(is_new=True, memo=True) == ["address_new", "memo_advised"]
    assert codes(is_new=True, looks_like="0xabc") == ["address_lookalike"]
    assert "0xabc" in of_send(is_new_address=True, looks_like="0xabc", may_need_memo=False)[0].text
