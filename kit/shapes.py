"""What comes in held against its shape, without building the shape anew for every request."""

from functools import cache
from typing import Any

from rest_framework.serializers import Serializer, ValidationError


def checked(shape: type[Serializer[Any]], given: Any) -> dict[str, Any]:
    """
    Return what the shape makes of it, as a serializer's validated data; of one that needs no context.

    :raises ValidationError: as the serializer itself
    """
    try:
        found: dict[str, Any] = _kept(shape).run_validation(given)
    except ValidationError:
        shape(data=given).is_valid(raise_exception=True)  # says in its own way what is wrong
        raise
    return found


@cache
def _kept(shape: type[Serializer[Any]]) -> Serializer[Any]:
    """Return this process's own: to check changes nothing in it."""
    return shape()
