"""The bus that needs nothing else: consumers read the outbox, woken by LISTEN and NOTIFY."""

from types import TracebackType
from typing import Self

from events.base import Batch, Consumer, Position
from events.bus.reading import OutboxReader


class PostgresqlBus:
    """Every event in the one order of all; nothing is carried anywhere."""

    def subscribe(self, consumer: Consumer) -> "OutboxSubscription":
        return OutboxSubscription()

    def carrier(self) -> None:
        return None


class OutboxSubscription:
    """An ear on the outbox."""

    def __init__(self) -> None:
        self._reader = OutboxReader()

    def wait(self, *, timeout_seconds: float) -> None:
        self._reader.wait(timeout_seconds=timeout_seconds)

    def read(self, position: Position, *, limit: int) -> Batch:
        return self._reader.read(position, limit=limit)

    def settle(self, position: Position) -> None:
        """Nothing: the outbox keeps everything."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()
