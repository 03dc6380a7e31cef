"""Column types used by more than one app."""

from typing import TYPE_CHECKING, Any

from django.db import models

from kit.ids import LENGTH

if TYPE_CHECKING:
    _Decimal = models.DecimalField[int | str, int]
    _Char = models.CharField[str, str]
else:
    _Decimal = models.DecimalField
    _Char = models.CharField


class MinorUnitsField(_Decimal):
    """A whole number of minor units, NUMERIC(78,0): holds any uint256. Reads back as int."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "max_digits": 78, "decimal_places": 0})

    def from_db_value(self, value: Any, expression: object, connection: object) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> Any:
        """Return the value as int. :raises TypeError: rather than cutting a fraction off"""
        if value is None:
            return None
        if isinstance(value, float) or (not isinstance(value, str) and int(value) != value):
            raise TypeError(f"minor units are whole, got {value!r}")
        return int(value)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


class IdField(_Char):
    """A prefixed, sortable id (kit.ids) as primary key; the row's maker supplies it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("editable", False)
        super().__init__(**{**kwargs, "max_length": LENGTH + 2})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs
