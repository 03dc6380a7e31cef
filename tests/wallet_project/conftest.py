"""A back office with something in it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

import assets.queries
from tests.factories.back_office import RPC_PASSWORD, Office, make_office


@pytest.fixture
def office(db: None, settings: Any, tmp_path: Path) -> Office:
    assets.queries.forget()
    urls = (f"http://user:{RPC_PASSWORD}@127.0.0.1:1",)
    settings.NETWORKS = {code: replace(config, rpc_urls=urls) for code, config in settings.NETWORKS.items()}
    return make_office(settings, tmp_path, now=timezone.now())
