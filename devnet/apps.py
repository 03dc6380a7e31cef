"""The devnet's Django app: a faucet's doors and commands; installed in development and tests only."""

from django.apps import AppConfig


class DevnetConfig(AppConfig):
    name = "devnet"
