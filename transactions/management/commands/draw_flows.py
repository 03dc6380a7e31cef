"""Draw every flow and the table of states into docs/flows.md."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from transactions.engine.drawing import draw


class Command(BaseCommand):
    help = "Write docs/flows.md: every flow and the table of states, as the code has them."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "flows.md"
        path.write_text(draw(), encoding="utf-8")
        self.stdout.write(f"{path} is drawn.")
