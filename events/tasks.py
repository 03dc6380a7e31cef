"""The relay's bell."""

from asgiref.sync import async_to_sync
from celery import shared_task
from channels.layers import get_channel_layer

from events import services
from events.queries import feed_group
from kit.locks import one_at_a_time


@shared_task(name="events.relay")
def relay() -> None:
    """Pass on every waiting live event, then knock on the open connections of those concerned."""
    while True:
        with one_at_a_time("events.relay") as mine:
            users = services.relay() if mine else []
        if not users:
            return
        layer = get_channel_layer()
        assert layer is not None
        for user_id in users:
            async_to_sync(layer.group_send)(feed_group(user_id), {"type": "feed.news"})
