"""What can be done with providers: call one, choose one, switch one on or off, look after them."""

from providers.services.calling import call
from providers.services.choosing import choose, eligible
from providers.services.describing import describe
from providers.services.looking import check_health, forget_calls
from providers.services.switching import end_cool_down, set_enabled, set_pinned

__all__ = [
    "call",
    "check_health",
    "choose",
    "describe",
    "eligible",
    "end_cool_down",
    "forget_calls",
    "set_enabled",
    "set_pinned",
]
