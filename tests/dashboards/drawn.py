"""What a page sends to the browser: its figures as numbers."""

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest


def figure(app: AppTest, number: int = 0) -> dict[str, Any]:
    """The plotly figure that the page sends to the browser."""
    chart = app.get("plotly_chart")[number]
    return json.loads(chart.proto.spec)  # type: ignore[no-any-return]


def numbers(values: Any) -> list[float | None]:
    """A trace's numbers, which plotly may have packed; null as None."""
    if isinstance(values, dict):
        packed = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
        values = [None if np.isnan(value) else float(value) for value in packed]
    return [None if value is None else float(value) for value in values]


def trace(app: AppTest, name: str) -> dict[str, Any]:
    """The trace of the first figure that has this name."""
    return next(each for each in figure(app)["data"] if each["name"] == name)


def lines(app: AppTest, number: int = 0) -> dict[str, list[float | None]]:
    """The vertical values of each named trace of a figure."""
    return {each["name"]: numbers(each["y"]) for each in figure(app, number)["data"]}


def cells(app: AppTest, number: int) -> dict[tuple[str, str], float | None]:
    """The values of a heat map by row and column."""
    heat = figure(app, number)["data"][0]
    names = [(row, column) for row in heat["y"] for column in heat["x"]]
    return dict(zip(names, numbers(heat["z"]), strict=True))
