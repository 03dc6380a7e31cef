"""The verifier's own arithmetic, and that nothing in a hostile file makes it stumble."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.verify import NOTHING, SIGNED, Wanted, checkpoint_hash, entry_hash, is_signed, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def header() -> str:
    return json.dumps({"kind": "header", "format": "holdfast-record-1"})


def checkpoint(**fields: Any) -> str:
    known = {
        "kind": "checkpoint",
        "number": 1,
        "first": 1,
        "last": 0,
        "hash": NOTHING,
        "previous": NOTHING,
        "at": "2026-11-20T12:00:00.000000+00:00",
        "key": PUBLIC,
    }
    content = json.dumps(known | fields, sort_keys=True, separators=(",", ":"))
    return json.dumps(
        {"kind": "checkpoint", "content": content, "signature": KEY.sign(SIGNED + content.encode()).hex()}
    )


def test_known_hashes() -> None:
    """Computed with sha256sum over the same bytes."""
    assert (
        entry_hash(position=1, previous=NOTHING, content="{}")
        == "e926929dc99bcdf08bb941e379c3186d5c55b45ee4202b4748a1efc35ba05fe3"
    )
    assert checkpoint_hash("{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_an_empty_record_is_proved_empty() -> None:
    report = verify([header(), checkpoint()], public_keys=[PUBLIC], anchor=[checkpoint()])
    assert report.problems == []
    assert (report.first, report.last) == (1, 0)


def test_a_signature_for_another_purpose_does_not_fit() -> None:
    content = json.loads(checkpoint())["content"]
    assert not is_signed(content, KEY.sign(content.encode()).hex(), PUBLIC)


@pytest.mark.parametrize("key", ["", "00", "zz" * 32, PUBLIC[:-2]])
def test_a_key_that_is_none_proves_nothing(key: str) -> None:
    assert not verify([header(), checkpoint()], public_keys=[key]).is_proved


def test_two_anchored_checkpoints_of_one_number_are_told() -> None:
    report = verify(
        [header(), checkpoint()], public_keys=[PUBLIC], anchor=[checkpoint(), checkpoint(at="2026-11-20T13")]
    )
    assert report.problems == ["The anchor file has two different checkpoints 1."]


def entry(**more: Any) -> dict[str, Any]:
    return {"kind": "entry", "position": 1, "previous": NOTHING, "hash": sealed(1), "content": "{}", **more}


def sealed(position: int) -> str:
    return entry_hash(position=position, previous=NOTHING, content="{}")


def test_a_line_says_each_thing_once_and_nothing_beside() -> None:
    """Else a reader who takes the first, or looks at what is not hashed, reads something else than was signed."""
    whole, seal = json.dumps(entry()), checkpoint(last=1, hash=sealed(1))
    assert verify([header(), whole, seal], public_keys=[PUBLIC]).is_proved
    for line in (
        whole.replace('"content"', '"content": "{\\"amount\\":1}", "content"'),
        whole.replace('"position": 1', '"position": 7, "position": 1'),
        json.dumps(entry(remark="paid back")),
    ):
        assert not verify([header(), line, seal], public_keys=[PUBLIC]).is_proved
    assert not verify([header(), whole, seal.replace("{", '{"by": "me", ', 1)], public_keys=[PUBLIC]).is_proved


def test_numbers_without_end_are_told_and_printed() -> None:
    """Python refuses to write them down: a verifier that dies has found nothing."""
    huge = json.dumps(entry()).replace('"position": 1', f'"position": {"9" * 4_300}')
    report = verify([header(), huge, json.dumps(entry()), checkpoint()], public_keys=[PUBLIC])
    assert not report.is_proved
    assert all(len(problem) < 200 for problem in report.problems)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{",
        '"text"',
        "[" * 100_000,
        '{"kind": "entry"}',
        '{"kind": "entry", "position": "1", "previous": "", "content": ""}',
        '{"kind": "entry", "position": 1, "previous": "' + NOTHING + '", "hash": "", "content": "\\ud800"}',
        '{"kind": "checkpoint", "content": "\\ud800", "signature": ""}',
        '{"kind": "checkpoint", "content": "{\\"kind\\": \\"checkpoint\\"}", "signature": 1}',
        '{"kind": "entry", "position": ' + "9" * 5_000 + "}",
        '{"kind": "header"}',
        '{"kind": "entry", "position": NaN, "previous": "", "hash": "", "content": ""}',
        '{"kind": "entry", "position": true, "previous": "", "hash": "", "content": ""}',
        '{"kind": "entry", "position": 9223372036854775808, "previous": "", "hash": "", "content": ""}',
        '{"kind": "checkpoint", "content": "' + "[" * 100_000 + '", "signature": ""}',
    ],
)
def test_a_hostile_line_is_a_problem_and_no_crash(line: str) -> None:
    assert not verify([header(), line, checkpoint()], public_keys=[PUBLIC]).is_proved
    assert not verify([line], public_keys=[PUBLIC], anchor=[line], wanted=Wanted(1, 2)).is_proved
    assert verify([header(), checkpoint()], public_keys=[PUBLIC], anchor=[line, checkpoint()]).is_proved
