"""Draw every event's schema into docs/events.md."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from events.schemas.drawing import draw


class Command(BaseCommand):
    help = "Write docs/events.md: every event with its version, names and data, as the code has them."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "events.md"
        path.write_text(draw(), encoding="utf-8")
        self.stdout.write(f"{path} is drawn.")
