"""Outside companies and their webhooks, and prices."""

from events.schemas.base import Schema

DESCRIBED = {
    "kind?": "text",
    "adapter?": "text",
    "name?": "text",
    "countries?": "texts",
    "fiats?": "texts",
    "assets?": "texts",
    "limits?": "any",
    "costs?": "any",
    "usual_seconds?": "integer|null",
}
"""What is said of a company; of a change, what changed."""

SCHEMAS = (
    Schema("provider.added", "providers.provider", "A company was described for the first time.", DESCRIBED),
    Schema("provider.changed", "providers.provider", "What is said of a company changed.", DESCRIBED),
    Schema("provider.enabled", "providers.provider", "A company may be used."),
    Schema("provider.disabled", "providers.provider", "A company is not to be used."),
    Schema("provider.pinned", "providers.provider", "A company is to be used before all others of its kind."),
    Schema("provider.unpinned", "providers.provider", "A company is chosen as any other again."),
    Schema(
        "provider.cool_down_ended",
        "providers.provider",
        "An operator lets a company be asked again before its time.",
        {"operations": "texts"},
    ),
    Schema(
        "provider.webhook_forged",
        "providers.provider",
        "A webhook came that the company had not signed.",
        {"reason": "text"},
    ),
    Schema(
        "webhook.handled",
        "providers.webhook",
        "A webhook was handled.",
        {"from": "text", "to": "text"},
    ),
    Schema(
        "webhook.parked",
        "providers.webhook",
        "A webhook could not be handled yet.",
        {"from": "text", "to": "text", "provider": "text", "operation_id": "text", "reason": "text"},
    ),
    Schema(
        "webhook.waiting",
        "providers.webhook",
        "An operator wants a webhook handled again.",
        {"from": "text", "to": "text", "provider": "text"},
    ),
    Schema(
        "price.lost",
        "rates.priceround",
        "Too few sources agree on a price: there is none.",
        {"base": "text", "quote": "text", "sources": "object"},
    ),
    Schema(
        "price.found",
        "rates.priceround",
        "Enough sources agree again.",
        {"base": "text", "quote": "text", "sources": "object"},
    ),
)
