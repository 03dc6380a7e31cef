"""The pages of notifications. They work without JavaScript."""

from notifications.views.inbox import follow, inbox, read_all
from notifications.views.preferences import choose

__all__ = ["choose", "follow", "inbox", "read_all"]
