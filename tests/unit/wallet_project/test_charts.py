"""What a chart of given figures looks like, and that its table says the same."""

from typing import Any

import pytest

from wallet_project.charts import Bar, Line, Series, draw

COMMON: dict[str, Any] = {"id": "c", "title": "T", "says": "S", "over": "Day", "empty": "Nothing."}


def test_bars_stand_beside_one_another() -> None:
    chart = draw(
        **COMMON,
        kind="bars",
        labels=["Mon", "Tue"],
        series=[Series("In", "good", [10, 0]), Series("Out", "away", [5, None])],
    )
    assert chart.bars == [
        Bar(13.0, 0.0, 12.0, 100.0, "good", "Mon: In 10"),
        Bar(25.0, 50.0, 12.0, 50.0, "away", "Mon: Out 5"),
    ]
    assert (chart.top, chart.middle, chart.ticks, chart.has_all_ticks) == ("10", "5", ["Mon", "Tue"], True)
    assert chart.headings == ["Day", "In", "Out"]
    assert chart.rows == [["Mon", "10", "5"], ["Tue", "0", "–"]]


def test_many_bars_share_the_width() -> None:
    labels = [str(number) for number in range(10)]
    chart = draw(**COMMON, kind="bars", labels=labels, series=[Series("In", "good", [1] * 10)])
    assert [(bar.x, bar.width) for bar in chart.bars[:2]] == [(1.25, 7.5), (11.25, 7.5)]
    assert (chart.top, chart.middle) == ("1", "0.5")


def test_stacked_bars_stand_on_one_another() -> None:
    chart = draw(
        **COMMON,
        kind="stacked",
        labels=["00"],
        series=[Series("Done", "good", [30]), Series("Failed", "bad", [0]), Series("Given up", "idle", [15])],
    )
    assert [(bar.y, bar.height, bar.look) for bar in chart.bars] == [(40.0, 60.0, "good"), (10.0, 30.0, "idle")]
    assert chart.top == "50"


def test_lines_have_gaps_where_nobody_looked() -> None:
    values = [0, 100, None, None, 50]
    chart = draw(**COMMON, kind="lines", labels=list("abcde"), series=[Series("Depth", "away", values)])
    assert chart.lines == [Line("0.0,100.0 25.0,0.0", "away"), Line("100.0,50.0 100.0,50.0", "away")]
    assert chart.rows[2] == ["c", "–"]


def test_many_labels_leave_the_first_and_the_last() -> None:
    chart = draw(**COMMON, kind="lines", labels=[str(n) for n in range(9)], series=[Series("D", "away", [1] * 9)])
    assert (chart.ticks, chart.has_all_ticks) == (["0", "8"], False)


@pytest.mark.parametrize("values", [[], [0, 0], [None, None]])
def test_nothing_is_drawn_of_nothing(values: list[float | None]) -> None:
    labels = [str(number) for number in range(len(values))]
    chart = draw(**COMMON, kind="bars", labels=labels, series=[Series("In", "good", values)])
    assert chart.is_empty
    assert chart.bars == []
    assert chart.lines == []
    assert chart.empty == "Nothing."


@pytest.mark.parametrize(
    ("highest", "top"), [(0.004, "0.005"), (1, "1"), (1.1, "2"), (3, "5"), (5.1, "10"), (999, "1000"), (1001, "2000")]
)
def test_the_scale_ends_at_a_round_number(highest: float, top: str) -> None:
    series = [Series("In", "good", [highest])]
    chart = draw(**COMMON, kind="bars", labels=["a"], series=series, show=lambda value: f"{value:g}")
    assert chart.top == top
