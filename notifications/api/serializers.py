"""The shapes that go in and out. No decisions are made here."""

from typing import Any

from rest_framework import serializers

from notifications.models import Delivery, Endpoint, Notification
from notifications.policy import FORCED, Kind, Way


class NotificationOut(serializers.ModelSerializer[Notification]):
    class Meta:
        model = Notification
        fields = ["id", "kind", "topic", "title", "text", "path", "read_at", "happened_at"]


class ReadIn(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.CharField(max_length=32), required=False, max_length=200, help_text="Left out: all of them."
    )


class UnreadOut(serializers.Serializer[Any]):
    unread = serializers.IntegerField(help_text="Not read yet; counted up to 100.")


class PreferenceOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    channel = serializers.ChoiceField(choices=[way.value for way in Way])
    is_on = serializers.BooleanField()
    can_change = serializers.BooleanField(read_only=True, help_text="False: it is always on.")


class PreferencesOut(serializers.Serializer[Any]):
    preferences = PreferenceOut(many=True)


class PreferencesIn(serializers.Serializer[Any]):
    preferences = PreferenceOut(many=True, help_text="Those to change; the others stay as they are.")

    def validate_preferences(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rows) > len(Kind) * len(Way) or len({(row["kind"], row["channel"]) for row in rows}) < len(rows):
            raise serializers.ValidationError("Name every kind and channel once.")
        return rows


class EndpointIn(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500)
    description = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class EndpointChange(serializers.Serializer[Any]):
    description = serializers.CharField(max_length=80, allow_blank=True)
    is_enabled = serializers.BooleanField()


class EndpointOut(serializers.ModelSerializer[Endpoint]):
    class Meta:
        model = Endpoint
        fields = ["id", "url", "description", "is_enabled", "disabled_reason", "previous_until", "created_at"]
        extra_kwargs = {"previous_until": {"help_text": "Until then the secret before this one signs along."}}


class SecretOut(EndpointOut):
    """An endpoint with its secret, shown when it is made or replaced and never again."""

    secret = serializers.CharField(help_text="Keep it: it is shown once. As Standard Webhooks writes them: whsec_…")

    class Meta(EndpointOut.Meta):
        fields = [*EndpointOut.Meta.fields, "secret"]


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    webhook_id = serializers.CharField(source="notification_id", help_text="The webhook-id header.")
    type = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = ["id", "webhook_id", "type", "status", "tries", "next_try_at", "reason", "sent_at", "created_at"]

    def get_type(self, delivery: Delivery) -> str:
        return f"{delivery.notification.kind}.{delivery.notification.topic}"


def preferences_out(chosen: dict[tuple[Kind, Way], bool]) -> dict[str, Any]:
    rows = [
        {"kind": kind.value, "channel": way.value, "is_on": is_on, "can_change": (kind, way) not in FORCED}
        for (kind, way), is_on in chosen.items()
    ]
    return {"preferences": rows}
