"""The bus's process: carries events and has their effects with everybody who listens."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from events import registry
from events.bus.running import BusProcess


class Command(BaseCommand):
    help = "Carry events to consumers and have their effects, until stopped. More than one may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--consumer", action="append", default=[], help="Serve these only; default: everybody.")

    def handle(self, *args: Any, **options: Any) -> None:
        consumers = [registry.consumer_named(name) for name in options["consumer"]] or registry.consumers()
        process = BusProcess(registry.bus(), consumers, clock=timezone.now)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: process.ask_to_stop())
        process.start()
        process.wait()
        process.stop()
        if process.is_broken:
            raise SystemExit(1)
