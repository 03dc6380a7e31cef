"""Every documented call, with whatever the schema allows and forbids: no 5xx, and only documented answers."""

from typing import Any

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import chains.queries
from accounts import services as account_services
from tests.factories.accounts import make_session, make_user
from tests.factories.custody import make_vaults
from transactions.flows import deposit
from wallets import services as wallet_services

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(600)]

CALLS_EACH = 12
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


def _call_everything(url: str, headers: dict[str, str], *, without: str) -> int:
    """Make CALLS_EACH generated calls to every operation; return how many operations there were."""
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/schema/?format=json").exclude(path_regex=without)
    operations = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]  # an Err fails here
    for operation in operations:

        @settings(max_examples=CALLS_EACH, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        call()
    return len(operations)


def test_a_signed_in_person(live_server: Any, settings: Any, tmp_path: Any) -> None:
    make_vaults(settings, tmp_path)
    chains.queries.forget()  # nodes that an earlier test had named
    user = make_user()
    for network in ("bitcoin", "ethereum"):
        deposit.begin(network=network, now=timezone.now())
        wallet_services.create_wallet(user_id=user.pk, network=network, now=timezone.now())
    tokens = account_services.issue_tokens(session=make_session(user), now=timezone.now())
    bearer = {"Authorization": f"Bearer {tokens.access}"}
    assert _call_everything(live_server.url, bearer, without="/auth/|/devnet/") >= 14


def test_a_stranger(live_server: Any) -> None:
    assert _call_everything(live_server.url, {}, without="/devnet/") >= 30
