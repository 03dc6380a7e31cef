"""Every kind of provider has a Protocol, and every adapter there is keeps its promises."""

import inspect
from typing import Any

import pytest

from providers.base import PROTOCOLS, Access, Kind
from providers.registry import ADAPTERS

REGISTERED = [(kind, name) for kind, registry in ADAPTERS.items() for name in registry.names()]


def operations(protocol: Any) -> dict[str, Any]:
    return {
        name: method
        for name, method in vars(protocol).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


def test_every_kind_has_a_registry_and_a_protocol_with_operations() -> None:
    assert set(PROTOCOLS) == set(ADAPTERS) == set(Kind)
    assert len(set(PROTOCOLS.values())) == len(Kind)
    for protocol in PROTOCOLS.values():
        assert operations(protocol), protocol


@pytest.mark.parametrize("kind", Kind)
def test_every_operation_is_typed_and_described(kind: Kind) -> None:
    protocol = PROTOCOLS[kind]
    assert "Provider" in protocol.__name__
    assert protocol.__doc__
    for method in operations(protocol).values():
        signature = inspect.signature(method, eval_str=True)
        assert signature.return_annotation is not signature.empty
        assert all(part.annotation is not part.empty for part in list(signature.parameters.values())[1:])


@pytest.mark.parametrize(("kind", "name"), REGISTERED)
def test_every_adapter_has_the_operations_of_its_kind_as_the_protocol_has_them(kind: Kind, name: str) -> None:
    adapter = ADAPTERS[kind].get(name)
    for operation, promised in operations(PROTOCOLS[kind]).items():
        assert hasattr(adapter, operation), f"{name} has no {operation}"
        kept = inspect.signature(getattr(adapter, operation), eval_str=True)
        assert kept == inspect.signature(promised, eval_str=True), operation
    assert next(iter(inspect.signature(adapter).parameters.values())).annotation is Access
