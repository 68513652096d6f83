import pandas as pd

from reporting.charts import movers_chart


def prices(**changes: float | None) -> pd.DataFrame:
    return pd.DataFrame(
        {"symbol": list(changes), "name": list(changes), "change_pct": list(changes.values())}
    )


def test_rises_and_falls_are_ranked_from_the_largest() -> None:
    figure = movers_chart(prices(a=1.0, b=-3.0, c=2.5, d=-0.5, e=0.0, f=None), count=2)

    rises, falls = figure.data
    assert (list(rises.y), list(rises.x)) == (["c", "a"], [2.5, 1.0])
    assert (list(falls.y), list(falls.x)) == (["b", "d"], [-3.0, -0.5])


def test_no_more_than_asked_for_are_drawn() -> None:
    figure = movers_chart(prices(a=1.0, b=2.0, c=3.0), count=2)

    assert list(figure.data[0].y) == ["c", "b"]
    assert list(figure.data[1].y) == []


def test_both_sides_share_one_scale() -> None:
    figure = movers_chart(prices(a=1.0, b=-4.0), count=3)

    assert figure.layout.xaxis.range[1] == -figure.layout.xaxis2.range[1] > 4
