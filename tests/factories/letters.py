"""What channels are handed."""

from datetime import datetime

from notifications.base import Letter
from notifications.services.words import frame_of


def make_letter(
    *, at: datetime, id: str = "ntf_1", title: str = "You sent 1 BTC", text: str = "Done.", language: str = "en"
) -> Letter:
    """Return a letter about a payment, in this language."""
    url = "https://h.example/activity/1/"
    return Letter(id, "sent", "sent", title, text, url, language, at, frame=frame_of(language))
