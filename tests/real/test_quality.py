"""What the marts of quality say of real history: real extremes stay in, and little is flagged."""

import pytest

from tests.real.conftest import Installation

pytestmark = pytest.mark.soak

# Days on which a share rose or fell by a fifth or more, splits aside.
LARGE_MOVES = """
select count(distinct (days.instrument_id, days.session_date)), count(anomalies.anomaly)
from marts.fct_daily_indicators as days
inner join marts.dim_instruments as instruments
    on days.instrument_id = instruments.instrument_id
left join ops.fct_anomalies as anomalies
    on
        days.instrument_id = anomalies.instrument_id
        and days.session_date = anomalies.session_date
        and anomalies.anomaly in ('bad_tick', 'unit_error', 'unadjusted_split')
where instruments.asset_class in ('equity', 'etf') and abs(days.return_1d) >= 0.2
"""


def test_days_of_a_fifth_and_more_stay_in_and_but_one_is_called_a_split(
    equities: Installation,
) -> None:
    [(moves, flagged)] = equities.query(LARGE_MOVES)

    assert isinstance(moves, int)
    assert moves > 40
    # Envision Healthcare became a third of itself on 2016-12-02, and no split is listed; both
    # providers say so.
    assert flagged == 2
    assert equities.query("select count(*) from ops.fct_anomalies where severity = 'critical'") == [
        (0,)
    ]


def test_warnings_are_rarer_than_one_bar_in_a_thousand(equities: Installation) -> None:
    [(bars,)] = equities.query("select count(*) from marts.fct_daily_bars")
    [(flagged,)] = equities.query("select count(*) from ops.fct_anomalies where not is_held_out")

    assert isinstance(bars, int)
    assert isinstance(flagged, int)
    assert bars > 400_000
    assert 100 < flagged < bars / 1000


def test_shares_miss_no_bar_that_nobody_can_explain(equities: Installation) -> None:
    rows = equities.query(
        "select instruments.symbol, min(session_date), max(session_date), count(*)"
        " from ops.fct_data_gaps inner join dim_instruments as instruments using (instrument_id)"
        " where cause in ('provider_gap', 'halted') and asset_class in ('equity', 'etf')"
        " and instrument_id in (select instrument_id from fct_daily_bars)"
        " group by 1"
    )

    # The day after the blackout of 14 August 2003.
    assert [(row[0], str(row[1]), row[3]) for row in rows] == [("EEM", "2003-08-15", 1)]
