"""Names to implementations, imported only when first asked for."""

from typing import Generic, TypeVar, cast

from django.utils.module_loading import import_string

T = TypeVar("T")


class Registry(Generic[T]):
    """An explicit table: one line per plug-in, and the import happens on first use."""

    def __init__(self, what: str, entries: dict[str, str]) -> None:
        self.what = what
        self.entries = entries

    def names(self) -> list[str]:
        return sorted(self.entries)

    def get(self, name: str) -> type[T]:
        """
        Return the class registered under this name.

        :raises LookupError: if there is none, naming those there are
        """
        if name not in self.entries:
            raise LookupError(f"no {self.what} named {name!r}; there are {self.names()}")
        return cast(type[T], import_string(self.entries[name]))
