"""Every refusal says what happened, why, what to do and how bad it is; and those that people meet say another way."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from kit.errors import DomainError

SEVERITIES = {"critical", "high", "medium", "low"}
ROOTS = sorted(path.parent.name for path in Path(settings.BASE_DIR).glob("*/__init__.py"))
DOORS = {"tests", "benchmarks", "scripts"}

ANOTHER_WAY = {
    *("address_invalid", "address_ours", "amount_invalid", "asset_not_on_network", "export_not_ready"),
    *("export_too_large", "fee_above_ceiling", "insufficient_funds", "limit_exceeded", "limit_unknown", "link_refused"),
    *(
        "network_halted",
        "network_not_available",
        "network_unavailable",
        "no_provider",
        "no_question",
        "not_cancellable",
    ),
    *("not_refundable", "payee_exists", "payee_not_usable_yet", "payment_impossible", "provider_refused"),
    *("provider_unavailable", "rate_unavailable", "recipient_not_found", "same_wallet", "sends_halted"),
    *("speed_up_unavailable", "statement_refused", "too_many_exports", "too_many_wallets", "fees_unavailable"),
    *("credentials_invalid", "second_factor_invalid", "too_many_attempts", "password_check_unavailable"),
}
"""What people meet on their way to a goal: there is another way to it, and it is said."""


def _errors() -> list[type[DomainError]]:
    for root in ROOTS:
        if root in DOORS:
            continue
        for module in pkgutil.walk_packages([str(Path(settings.BASE_DIR) / root)], f"{root}."):
            if re.search(r"\.(errors|api_errors|states|crypto|stream|endpoints|doors|faucet)\b", module.name):
                importlib.import_module(module.name)
    return sorted(set(_below(DomainError)), key=lambda each: (each.__module__, each.__name__))


def _below(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for each in error.__subclasses__():
        yield each
        yield from _below(each)


def test_every_error_has_every_part_of_the_form() -> None:
    found = [each for each in _errors() if not each.__module__.startswith("tests.")]
    assert len(found) > 100
    for each in found:
        where = f"{each.__module__}.{each.__name__}"
        assert re.fullmatch(r"[a-z0-9_]+", each.code), where
        assert each.code != DomainError.code, where
        assert each.severity in SEVERITIES, where
        assert 400 <= each.status < 600, where
        assert each.title != DomainError.title, where
        for text in (each.why, each.what_to_do, *each.alternatives):
            assert text, f"{where}: why, what to do, and every alternative say something"
            assert text[0].isupper() or text.startswith("pg_"), f"{where}: {text}"
            assert text.endswith((".", "?")), f"{where}: {text}"
        assert isinstance(each.alternatives, tuple), where


def test_people_are_told_another_way_to_what_they_want() -> None:
    known: dict[str, list[type[DomainError]]] = {}
    for each in _errors():
        known.setdefault(each.code, []).append(each)
    assert known.keys() >= ANOTHER_WAY
    without = [code for code in sorted(ANOTHER_WAY) if not any(each.alternatives for each in known[code])]
    assert without == []


def test_a_code_means_one_thing() -> None:
    meanings: dict[str, set[int]] = {}
    for each in _errors():
        meanings.setdefault(each.code, set()).add(each.status)
    shared = {code for code, statuses in meanings.items() if len(statuses) > 1}
    assert shared <= {"second_factor_invalid"}  # at sign-in and where it is switched on
