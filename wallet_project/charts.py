"""
Charts drawn by the server: shapes in a square of 100 by 100 that the page stretches, and the same figures as a table.

Words and numbers stand beside the drawing and not in it, so that they stay as large as all other text. Figures are
written from the very values that were given, money as a Decimal; only where a shape stands is a float.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

SIDE = 100.0
MOST_TICKS = 6
"""With more labels than this only the first and the last stand below the drawing."""

GAP = 0.25
"""Of a place's width, what stays free between bars."""

WIDEST = 12.0
"""No bar is wider, however few there are."""

Value = Decimal | float
Kind = Literal["bars", "stacked", "lines"]


@dataclass(frozen=True)
class Series:
    """One thing that is shown over time; `look` is a class of its colour. None: nobody looked then."""

    name: str
    look: str
    values: Sequence[Value | None]


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    look: str
    says: str


@dataclass(frozen=True)
class Line:
    points: str
    look: str


@dataclass
class Chart:
    """A drawing with its legend, the ends of its axes, and its table."""

    id: str
    title: str
    says: str
    series: Sequence[Series]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    top: str
    middle: str
    ticks: Sequence[str]
    empty: str
    is_empty: bool
    bars: list[Bar] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def has_all_ticks(self) -> bool:
        """Say whether every place has its label below it."""
        return len(self.ticks) == len(self.rows)


def draw(
    *,
    id: str,
    title: str,
    says: str,
    kind: Kind,
    over: str,
    labels: Sequence[str],
    series: Sequence[Series],
    empty: str,
    show: Callable[[Value], str] | None = None,
) -> Chart:
    """
    Return a chart of these series, each with a value for each label.

    `over` names what the labels are, `empty` is said where there is nothing to draw, `show` writes a value.
    """
    assert all(len(each.values) == len(labels) for each in series), id
    show = show or _plainly
    highest = _nice(_highest(kind, series))
    table = [[label, *(_cell(each.values[place], show) for each in series)] for place, label in enumerate(labels)]
    chart = Chart(
        id=id,
        title=title,
        says=says,
        series=series,
        headings=[over, *(each.name for each in series)],
        rows=table,
        top=show(highest),
        middle=show(highest / 2),
        ticks=labels if len(labels) <= MOST_TICKS else [labels[0], labels[-1]],
        empty=empty,
        is_empty=not any(value for each in series for value in each.values),
    )
    if not chart.is_empty and kind == "lines":
        chart.lines = [line for each in series for line in _lines(each, highest)]
    elif not chart.is_empty:
        chart.bars = list(_bars(kind, labels, series, highest, show))
    return chart


def _bars(
    kind: Kind, labels: Sequence[str], series: Sequence[Series], highest: float, show: Callable[[Value], str]
) -> list[Bar]:
    place_width = SIDE / len(labels)
    beside = 1 if kind == "stacked" else len(series)
    width = min(place_width * (1 - GAP) / beside, WIDEST)
    margin = (place_width - width * beside) / 2
    bars = []
    for place, label in enumerate(labels):
        below = 0.0
        for number, each in enumerate(series):
            value = each.values[place]
            if not value:
                continue
            height = float(value) / highest * SIDE
            x = place * place_width + margin + (0 if kind == "stacked" else number * width)
            says = f"{label}: {each.name} {show(value)}"
            bars.append(Bar(_round(x), _round(SIDE - below - height), _round(width), _round(height), each.look, says))
            below += height if kind == "stacked" else 0
    return bars


def _lines(series: Series, highest: float) -> list[Line]:
    """Return a line for each stretch in which somebody looked; where nobody did, there is a gap."""
    step = SIDE / max(1, len(series.values) - 1)
    stretches: list[list[str]] = [[]]
    for place, value in enumerate(series.values):
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append(f"{_round(place * step)},{_round(SIDE - float(value) / highest * SIDE)}")
    # A single point is no line: it is drawn as a short one.
    return [Line(" ".join(found if len(found) > 1 else found * 2), series.look) for found in stretches if found]


def _highest(kind: Kind, series: Sequence[Series]) -> float:
    columns = zip(*([float(value or 0) for value in each.values] for each in series), strict=True)
    return max((sum(column) if kind == "stacked" else max(column) for column in columns), default=0.0)


def _nice(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, … that is not below the value."""
    if value <= 0:
        return 1.0
    size = 1.0
    while size * 10 <= value:
        size *= 10
    while size > value:
        size /= 10
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= value)


def _plainly(value: Value) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def _cell(value: Value | None, show: Callable[[Value], str]) -> str:
    return "–" if value is None else show(value)


def _round(value: float) -> float:
    return round(value, 2)
