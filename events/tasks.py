"""The relay's bell."""

from asgiref.sync import async_to_sync
from celery import shared_task
from channels.layers import get_channel_layer

from events import services
from events.queries import feed_group


@shared_task(name="events.relay")
def relay() -> None:
    """Pass on every waiting live event, then knock on the open connections of those concerned."""
    layer = get_channel_layer()
    assert layer is not None
    while users := services.relay():
        for user_id in users:
            async_to_sync(layer.group_send)(feed_group(user_id), {"type": "feed.news"})
