"""
The peers of benchmarks.live: a bare echo server on `websockets`, and channels as its tutorial has it.

python -m benchmarks.live_peers echo PORT; the other is an ASGI application for uvicorn: benchmarks.live_peers:channels.
"""

import asyncio
import os
import sys
from typing import Any

import django
from django.conf import settings


async def _echo(port: int) -> None:
    from websockets.asyncio.server import ServerConnection, serve

    async def answer(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(answer, "127.0.0.1", port):
        await asyncio.get_running_loop().create_future()


def _channels() -> Any:
    """Return channels' chat: every connection has a channel of its own in Redis and joins a group."""
    settings.configure(
        SECRET_KEY="benchmark-only",
        INSTALLED_APPS=["channels"],
        CHANNEL_LAYERS={
            "default": {
                "BACKEND": "channels_redis.core.RedisChannelLayer",
                "CONFIG": {"hosts": [f"{os.environ['REDIS_URL']}/3"]},
            }
        },
    )
    django.setup()
    from channels.generic.websocket import AsyncJsonWebsocketConsumer
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.urls import path

    class Chat(AsyncJsonWebsocketConsumer):
        async def connect(self) -> None:
            await self.channel_layer.group_add("news", self.channel_name)
            await self.accept()

        async def disconnect(self, code: int) -> None:
            await self.channel_layer.group_discard("news", self.channel_name)

        async def news(self, event: dict[str, Any]) -> None:
            await self.send_json(event["data"])

    chat: Any = Chat.as_asgi()
    return ProtocolTypeRouter({"websocket": URLRouter([path("ws/v1/feed", chat)])})


if __name__ == "__main__":
    asyncio.run(_echo(int(sys.argv[2])))
elif "REDIS_URL" in os.environ and os.environ.get("HOLDFAST_ROLE") == "peer":
    channels = _channels()
