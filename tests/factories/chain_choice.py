"""Choosing which Bitcoin chain a test happens on, whatever the environment says."""

from dataclasses import replace
from typing import Any

import chains.queries


def use_main_chain(settings: Any) -> None:
    """Let Bitcoin be the main network: the official vectors and fixed addresses are of that one."""
    config = replace(settings.NETWORKS["bitcoin"], chain="main")
    settings.NETWORKS = {**settings.NETWORKS, "bitcoin": config}
    chains.queries.forget()
