"""Every call about one's own account, by somebody whose session may have ended a moment ago: no 5xx."""

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

from accounts import services
from accounts.models import Session, User
from tests.factories.accounts import CLIENT, make_user

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]

CALLS_EACH = 10
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


def test_a_signed_in_person_and_their_account(live_server: Any) -> None:
    user = make_user()
    schema = schemathesis.openapi.from_url(f"{live_server.url}/api/v1/schema/?format=json").include(path_regex="/auth/")
    operations = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    for operation in operations:

        @settings(max_examples=CALLS_EACH, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {_fresh_token(user)}"}, checks=CHECKS)

        call()
    assert len(operations) >= 18


def _fresh_token(user: User) -> str:
    """Return a token that works: any call before may have ended all sessions."""
    now = timezone.now()
    session = services.complete_sign_in(user=user, kind=Session.Kind.TOKEN, client=CLIENT, now=now)
    return services.issue_tokens(session=session, now=now).access
