"""
One call to an outside company: may it be asked, write down that it is, ask, measure, write down what was said.

The breaker's state and the measures live in Health rows and are read and written with every call, so that every
process knows at once what one of them has learned. No transaction is open while the provider is asked.
"""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from prometheus_client import Counter, Histogram

from kit import tracing
from providers import breaker
from providers.adapters.client import noting_exchanges
from providers.adapters.redaction import redact
from providers.errors import ProviderRefused, ProviderUnavailable
from providers.models import Call, Health, Provider
from providers.queries import get_adapter, get_provider, is_configured, measure_of, moment, state_of

logger = structlog.get_logger(__name__)

T = TypeVar("T")

FOLLOW_UPS = frozenset(
    {
        "check_payment_status",
        "cancel_payment",
        "check_withdrawal_status",
        "cancel_withdrawal",
        "check_swap_status",
        "get_strategy_status",
        "withdraw_from_strategy",
        "check_application",
        "check_card",
        "freeze_card",
        "end_card",
        "delete_token",
        "check_message",
    }
)
"""
What ends or looks at business already begun. Nobody else can do it: it is allowed while the provider is switched off,
and tried now and then while it cools down, or money would be stuck.
"""

EMERGENCY_SECONDS = 30.0
"""Where nobody else could be asked, one that cools down is tried again, this long after its last failure."""

MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What an adapter raises over an answer that does not have the form it must have: as bad as no answer."""

_calls = Counter("holdfast_provider_calls", "Calls to providers.", ["provider", "operation", "outcome"])
_seconds = Histogram("holdfast_provider_seconds", "Time a provider took to answer.", ["provider", "operation"])


@tracing.spanned(lambda *, provider, operation, **_: (f"provider {operation}", {"provider": provider}))
def call(
    *,
    provider: str,
    operation: str,
    operation_id: str,
    ask: Callable[[Any], T],
    now: datetime,
    subject: str = "",
) -> T:
    """
    Ask a provider for one operation, outside of any transaction, and return what its adapter returns.

    `operation_id` is ours, the same for every repetition, and the provider's idempotency key. `subject` is what
    it is for, as events name it.

    :raises ProviderUnavailable: if no usable answer was had; `has_left` says whether it may have been acted upon
    :raises ProviderRefused: if the provider said no
    :raises NotFound: if there is no such provider
    :raises LookupError: if its adapter is not registered
    """
    row = get_provider(provider)
    _check_allowed(row, operation)
    adapter = get_adapter(row)
    written = _begin(Call(provider=row, operation=operation, operation_id=operation_id, subject=subject), now=now)
    with noting_exchanges() as exchanges:
        started = time.perf_counter()
        try:
            result = ask(adapter)
        except BaseException as error:
            told = _understand(error)
            _settle(written, told, exchanges, taken=time.perf_counter() - started, now=now)
            if told.instead is None:
                raise
            raise told.instead from None
    _settle(written, _Told(Call.Outcome.ANSWERED), exchanges, taken=time.perf_counter() - started, now=now)
    return result


@dataclass(frozen=True)
class _Told:
    """What one call came to."""

    outcome: Call.Outcome
    kind: str = ""
    has_left: bool | None = None
    reason: str = ""
    instead: ProviderUnavailable | None = None  # what the caller gets in place of what was raised


def _check_allowed(row: Provider, operation: str) -> None:
    if not is_configured(row.code):
        raise ProviderUnavailable(f"{row.name} is not set up here.", kind="disabled", has_left=False)
    if not row.is_enabled and operation not in FOLLOW_UPS:
        raise ProviderUnavailable(f"{row.name} is switched off.", kind="disabled", has_left=False)


def _begin(written: Call, *, now: datetime) -> Call:
    """
    Write down that it is about to be asked, in a transaction of its own.

    :raises ProviderUnavailable: if the breaker lets nobody through
    """
    with transaction.atomic(durable=True):
        _admit(written, now=now)
        written.asked_at = now
        written.save(force_insert=True)
    return written


def _admit(written: Call, *, now: datetime) -> None:
    row, operation = written.provider, written.operation
    health = Health.objects.filter(provider=row, operation=operation).first()
    state = state_of(health)
    verdict = breaker.verdict(state, now=now.timestamp())
    if health is None or verdict is breaker.Verdict.CLOSED:
        return
    may_probe = verdict is breaker.Verdict.PROBE or (
        breaker.may_probe_in_need(state, now=now.timestamp(), every_seconds=EMERGENCY_SECONDS)
        and (operation in FOLLOW_UPS or _all_are_down(row, operation, now=now))
    )
    if may_probe:  # one at a time: whoever takes the lease first
        free = Q(probing_until__isnull=True) | Q(probing_until__lte=now)
        until = moment(breaker.probing(state, now=now.timestamp()).probing_until)
        if Health.objects.filter(free, pk=health.pk, failures__gt=0).update(probing_until=until):
            return
    error = ProviderUnavailable(f"{row.name} is left alone for a while.", kind="cooling", has_left=False)
    error.retry_after_seconds = max(1, round(state.waiting_seconds(now=now.timestamp())))
    raise error


def _all_are_down(row: Provider, operation: str, *, now: datetime) -> bool:
    """Say whether no other provider of the kind could be asked for this now."""
    others = Provider.objects.filter(kind=row.kind, is_enabled=True, code__in=list(settings.PROVIDERS)).exclude(
        pk=row.pk
    )
    down = Health.objects.filter(provider__in=others, operation=operation, cooling_until__gt=now)
    return down.count() == others.count()


def _understand(error: BaseException) -> _Told:
    """Return what an error means; the words of one we did not foresee are for nobody, they may hold anything."""
    if isinstance(error, ProviderRefused):
        return _Told(Call.Outcome.REFUSED, reason=error.reason or error.what_happened)
    if isinstance(error, ProviderUnavailable):
        return _Told(Call.Outcome.UNAVAILABLE, error.kind, error.has_left)
    where = _place(error)
    if isinstance(error, MALFORMED):
        logger.warning("provider_makes_no_sense", error=type(error).__name__, place=where)
        broken = ProviderUnavailable(kind="broken", has_left=True)
        return _Told(Call.Outcome.UNAVAILABLE, "broken", True, f"{type(error).__name__} in {where}", broken)
    return _Told(Call.Outcome.CRASHED, "crashed", None, f"{type(error).__name__} in {where}")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""


def _settle(written: Call, told: _Told, exchanges: list[dict[str, Any]], *, taken: float, now: datetime) -> None:
    """Write down what came of it, how the provider does now, and count it."""
    provider, operation = written.provider_id, written.operation
    _calls.labels(provider, operation, told.outcome.value).inc()
    _seconds.labels(provider, operation).observe(taken)
    if told.outcome is Call.Outcome.UNAVAILABLE:
        logger.warning(
            "provider_unavailable", provider=provider, operation=operation, kind=told.kind, has_left=told.has_left
        )
    secrets = settings.PROVIDERS[provider].secrets.values()
    with transaction.atomic():
        Call.objects.filter(pk=written.pk).update(
            outcome=told.outcome,
            error=told.kind,
            has_left=told.has_left,
            reason=redact(told.reason, secrets=secrets)[:300],
            milliseconds=round(taken * 1_000),
            exchanges=exchanges,
        )
        if told.outcome is not Call.Outcome.CRASHED:
            _learn(written, told, taken=taken, now=now)


def _learn(written: Call, told: _Told, *, taken: float, now: datetime) -> None:
    """Keep in the operation's Health row what this call showed. A refusal is an answer."""
    locked = Health.objects.select_for_update(no_key=True)
    health, _ = locked.get_or_create(provider=written.provider, operation=written.operation)
    at = now.timestamp()
    state, measure = state_of(health), measure_of(health)
    if told.outcome is Call.Outcome.UNAVAILABLE:
        kind = told.kind if told.kind in breaker.COOL_DOWN_SECONDS else "broken"
        state = breaker.failed(state, kind, now=at)
        measure = measure.with_failure(now=at)
    else:
        state = breaker.answered(state, asked_at=at)
        measure = measure.with_answer(now=at, latency_ms=taken * 1_000)
        health.last_ok_at = now
    keep(health, state)
    health.ok_weight, health.all_weight, health.latency_ms = measure.ok_weight, measure.all_weight, measure.latency_ms
    health.weighed_at = moment(measure.at)
    health.save()


def keep(health: Health, state: breaker.State) -> None:
    """Put the breaker's state into the row's fields."""
    health.failures, health.last_error = state.failures, state.last_error
    health.last_failed_at = moment(state.failed_at)
    health.cooling_until, health.probing_until = moment(state.cooling_until), moment(state.probing_until)
