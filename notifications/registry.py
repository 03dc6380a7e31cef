"""Every channel that needs a delivery. The inbox needs none: a notification lies in it from the moment it is made."""

from kit.registry import Registry
from notifications.base import Channel

CHANNELS: Registry[Channel] = Registry(
    "channel",
    {
        "email": "notifications.adapters.mail.MailChannel",
        "sms": "notifications.services.texting.SmsChannel",
        "push": "notifications.adapters.push.PushChannel",
        "webhook": "notifications.adapters.webhook.WebhookChannel",
    },
)
