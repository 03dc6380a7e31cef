"""The shapes that go in and out. No decisions are made here."""

from typing import Any

from rest_framework import serializers

from notifications.models import Delivery, Endpoint, Notification, Phone, PushSubscription
from notifications.policy import FORCED, Kind, Pace, Way
from notifications.services import masked


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
    pace = serializers.ChoiceField(
        choices=[pace.value for pace in Pace],
        required=False,
        help_text="Of e-mail: each at once, or what there was in an hour or a day in one.",
    )
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


def preferences_out(kinds: list[Kind], chosen: dict[tuple[Kind, Way], bool], paces: dict[Kind, Pace]) -> dict[str, Any]:
    rows = [
        {
            "kind": kind.value,
            "channel": way.value,
            "is_on": is_on,
            "can_change": (kind, way) not in FORCED,
            **({"pace": paces[kind].value} if way is Way.EMAIL and kind in paces else {}),
        }
        for (kind, way), is_on in chosen.items()
        if kind in kinds
    ]
    return {"preferences": rows}


class PhoneIn(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=30, help_text="With its country: +49 151 12345678.")


class CodeIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=12, help_text="The six digits of the text message.")


class PhoneOut(serializers.ModelSerializer[Phone]):
    number = serializers.SerializerMethodField(help_text="Its first and last signs.")

    class Meta:
        model = Phone
        fields = ["number", "verified_at", "code_until"]

    def get_number(self, phone: Phone) -> str:
        return masked(phone.number)


class PhonesOut(serializers.Serializer[Any]):
    """The number that text messages go to, and the one that waits for its code."""

    is_offered = serializers.BooleanField(help_text="False: nobody here sends text messages.")
    verified = PhoneOut(allow_null=True)
    pending = PhoneOut(allow_null=True)


class PushKeysIn(serializers.Serializer[Any]):
    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=40)


class PushSubscriptionIn(serializers.Serializer[Any]):
    """As a browser's PushSubscription.toJSON() gives it; what else stands in it is not looked at."""

    endpoint = serializers.CharField(max_length=1000)
    keys = PushKeysIn()


class PushSubscriptionOut(serializers.ModelSerializer[PushSubscription]):
    class Meta:
        model = PushSubscription
        fields = ["id", "agent", "created_at"]


class PushSubscriptionsOut(serializers.Serializer[Any]):
    public_key = serializers.CharField(help_text="The applicationServerKey; empty: push messages are not set up here.")
    subscriptions = PushSubscriptionOut(many=True)
