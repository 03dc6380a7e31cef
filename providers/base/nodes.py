"""Companies that run networks' nodes for others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from providers.base.common import Access


@dataclass(frozen=True)
class NodeAddress:
    """Where one network is served. The URL may hold a key: it is never logged."""

    network: str  # our code
    url: str = field(repr=False)
    is_archive: bool = False  # knows every past state


@dataclass(frozen=True)
class NodeHeight:
    """How far a node says its network is."""

    network: str
    height: int  # of its latest block
    hash: str
    at: datetime  # the block's own time


class NodeProvider(Protocol):
    """
    Nodes that are somebody else's; what is said to them goes through `chains`.

    Every method raises ProviderUnavailable (no usable answer) or ProviderRefused (it does not serve this network).
    """

    def __init__(self, access: Access) -> None: ...

    def node_addresses(self, network: str) -> Sequence[NodeAddress]:
        """Return where it serves this network, the best first."""
        ...

    def check_height(self, network: str) -> NodeHeight: ...
