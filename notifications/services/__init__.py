"""What the doors call."""

from notifications.services.consuming import consume, retry
from notifications.services.delivering import deliver, replay
from notifications.services.endpoints import (
    add_endpoint,
    change_endpoint,
    remove_endpoint,
    rotate_secret,
    secret_of,
)
from notifications.services.reading import mark_read, save_preferences

__all__ = [
    "add_endpoint",
    "change_endpoint",
    "consume",
    "deliver",
    "mark_read",
    "remove_endpoint",
    "replay",
    "retry",
    "rotate_secret",
    "save_preferences",
    "secret_of",
]
