"""No keys at all: the watch-only provider of the web, live and beat processes."""

from typing import NoReturn

from custody.base import WrappedKey
from custody.errors import KeysUnavailable
from kit.crypto import Secret


class NoKeys:
    """Refuses everything. There is nothing in such a process that could decrypt."""

    def __init__(self, *, key_file: str, key_value: str) -> None:
        """Ignore the settings, so that a key in the environment by mistake is never read."""

    def active_version(self) -> int:
        self._refuse()

    def wrap(self, data_key: Secret, *, context: bytes) -> WrappedKey:
        self._refuse()

    def unwrap(self, wrapped: WrappedKey, *, context: bytes) -> Secret:
        self._refuse()

    def add_version(self) -> int:
        self._refuse()

    def retire_versions(self, *, keep: frozenset[int]) -> tuple[int, ...]:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise KeysUnavailable("This process runs with KEY_PROVIDER=none.")
