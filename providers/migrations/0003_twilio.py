from datetime import UTC, datetime
from typing import Any

from django.db import migrations


def add_twilio(apps: Any, _schema_editor: Any) -> None:
    """The company there is an adapter for; without its keys (settings.PROVIDERS) nobody is sent a message."""
    apps.get_model("providers", "Provider").objects.create(
        code="twilio",
        kind="message",
        adapter="twilio",
        name="Twilio",
        updated_at=datetime(2026, 11, 21, tzinfo=UTC),
    )


class Migration(migrations.Migration):
    dependencies = [("providers", "0002_webhooks")]

    operations = [migrations.RunPython(add_twilio, migrations.RunPython.noop)]
