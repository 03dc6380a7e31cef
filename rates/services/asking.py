"""One round of asking: every source at once, their answers judged, and what came of it written down."""

import contextvars
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import connections, transaction

import providers.queries
import providers.services
from events.services import record
from providers.base import Kind, PriceSeen
from providers.errors import ProviderRefused, ProviderUnavailable
from providers.models import Provider
from rates.models import PriceRound
from rates.policy import Heard, Rules, judge
from rates.services.candles import build_candles
from rates.services.prices import record_round

logger = structlog.get_logger(__name__)

OPERATION = "prices"
TOO_LATE = "deadline"
NOT_KNOWN = "unknown_pair"
BROKEN = "broken"

Pair = tuple[str, str]
Answers = Mapping[str, Sequence[PriceSeen] | str]
"""What each source said by its code; a text says why it said nothing."""


def refresh(*, now: datetime) -> list[PriceRound]:
    """
    Ask every source that is configured and enabled, and keep a round for each of settings.PRICE_PAIRS.

    Where too few sources agree there is no new price: the last one stays and grows stale. The moment in
    which a pair loses or finds its price is an event (price.lost, price.found).
    """
    pairs = [(base, quote) for base, _, quote in (text.partition("/") for text in settings.PRICE_PAIRS)]
    answers = _ask_all(_sources(), pairs, now)
    rounds = [_keep(pair, answers, now) for pair in pairs]
    build_candles(now=now)
    return rounds


def rules() -> Rules:
    """Return the rules that the settings ask for."""
    return Rules(
        minimum_sources=settings.PRICE_MIN_SOURCES,
        max_age_seconds=settings.PRICE_SOURCE_MAX_AGE_SECONDS,
        outlier_percent=Decimal(settings.PRICE_OUTLIER_PERCENT),
    )


def _sources() -> list[str]:
    enabled = Provider.objects.filter(kind=Kind.PRICE, is_enabled=True).values_list("code", flat=True)
    return [code for code in enabled if providers.queries.is_configured(code)]


def _ask_all(sources: Sequence[str], pairs: Sequence[Pair], now: datetime) -> Answers:
    """Ask all of them side by side. Whoever has not answered at the deadline is left behind with its thread."""
    if not sources:
        return {}
    pool = ThreadPoolExecutor(max_workers=len(sources), thread_name_prefix="prices")
    asked: dict[str, Future[Sequence[PriceSeen] | str]] = {
        source: pool.submit(contextvars.copy_context().run, _ask, source, pairs, now) for source in sources
    }
    wait(asked.values(), timeout=settings.PRICE_DEADLINE_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    return {source: future.result() if future.done() else TOO_LATE for source, future in asked.items()}


def _ask(source: str, pairs: Sequence[Pair], now: datetime) -> Sequence[PriceSeen] | str:
    try:
        seen: Sequence[PriceSeen] = providers.services.call(
            provider=source,
            operation=OPERATION,
            operation_id=f"{OPERATION}:{source}:{now.isoformat()}",
            ask=lambda adapter: adapter.prices(pairs),
            now=now,
        )
        return list(seen)
    except ProviderUnavailable as error:
        return error.kind
    except ProviderRefused as error:
        return error.reason or "refused"
    except Exception:  # a bug with one source keeps nobody from hearing the others
        logger.exception("price_source_broken", source=source)
        return BROKEN
    finally:
        connections.close_all()  # this thread's own


def _keep(pair: Pair, answers: Answers, now: datetime) -> PriceRound:
    base, quote = pair
    heard = [_heard(source, answer, pair) for source, answer in sorted(answers.items())]
    before = PriceRound.objects.filter(base=base, quote=quote).order_by("-asked_at").first()
    found = record_round(base=base, quote=quote, outcome=judge(heard, rules=rules(), now=now), now=now)
    had_price = before is not None and before.price is not None
    if found.price is None and (had_price or before is None):
        _announce("price.lost", found, now)
    elif found.price is not None and before is not None and not had_price:
        _announce("price.found", found, now)
    return found


def _heard(source: str, answer: Sequence[PriceSeen] | str, pair: Pair) -> Heard:
    if isinstance(answer, str):
        return Heard(source, failure=answer)
    seen = next((each for each in answer if (each.base, each.quote) == pair), None)
    return Heard(source, seen.price, seen.at) if seen else Heard(source, failure=NOT_KNOWN)


def _announce(type: str, found: PriceRound, now: datetime) -> None:
    told = {each["source"]: each["failure"] or each["verdict"] for each in found.sources}
    with transaction.atomic():
        record(
            type=type,
            subject=found,
            actor="system",
            now=now,
            data={"base": found.base, "quote": found.quote, "sources": told},
        )
    logger.warning(type.replace(".", "_"), base=found.base, quote=found.quote, sources=told)
