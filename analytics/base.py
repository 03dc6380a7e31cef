"""A figure as it is kept between the look that took it and the scrapes that ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["gauge", "counter", "histogram", "summary"]
Sample = tuple[Sequence[str], Any]
"""
The labels' values, and: a number, money as exact decimal text; of a histogram [counts by bucket, sum]; of a summary
[count, sum].
"""


@dataclass(frozen=True)
class Family:
    """One metric as Prometheus knows it; a counter's name is without _total."""

    name: str
    help: str
    kind: Kind = "gauge"
    labels: tuple[str, ...] = ()
    samples: list[Sample] = field(default_factory=list)

    def add(self, *labels: str, value: Any) -> None:
        assert len(labels) == len(self.labels), self.name
        self.samples.append((list(labels), value))
