from marketflow.progress import PlainLines


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_task_is_told_at_once_and_then_every_few_seconds() -> None:
    told: list[str] = []
    clock = Clock()
    lines = PlainLines(told.append, clock)

    lines.describe("fmp", "profiles AAPL", total=3)
    lines.advance("fmp")
    clock.seconds = 6
    lines.advance("fmp")

    assert told == ["fmp: profiles AAPL 0 of 3", "fmp: profiles AAPL 2 of 3"]


def test_the_last_step_is_told_however_soon_it_comes() -> None:
    told: list[str] = []
    lines = PlainLines(told.append, Clock())

    lines.describe("fmp", "profiles", total=2)
    lines.advance("fmp", 2)
    lines.finish()

    assert told == ["fmp: profiles 0 of 2", "fmp: profiles 2 of 2"]


def test_one_busy_task_does_not_silence_another() -> None:
    told: list[str] = []
    lines = PlainLines(told.append, Clock())

    lines.describe("fmp", "splits")
    lines.describe("fred", "series")

    assert told == ["fmp: splits", "fred: series"]
