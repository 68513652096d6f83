with

raw_rows as (

    select
        'raw_twelve_data.time_series_daily' as raw_table,
        to_json(bars) as raw_row,
        bars.request_id
    from {{ source('twelve_data', 'time_series_daily') }} as bars
    where
        explain_raw_bar.provider = 'twelve_data'
        and bars.symbol = explain_raw_bar.provider_symbol
        and cast(bars.datetime as date) = explain_raw_bar.session_date

    union all

    select
        'raw_fmp.eod_prices' as raw_table,
        to_json(bars) as raw_row,
        bars.request_id
    from {{ source('fmp', 'eod_prices') }} as bars
    where
        explain_raw_bar.provider = 'fmp'
        and bars.symbol = explain_raw_bar.provider_symbol
        and cast(bars.date as date) = explain_raw_bar.session_date
        and bars.price_basis = 'as_traded'

    union all

    -- The price at 00:00 is the close of the day before.
    select
        'raw_coingecko.market_chart' as raw_table,
        to_json(points) as raw_row,
        points.request_id
    from {{ source('coingecko', 'market_chart') }} as points
    where
        explain_raw_bar.provider = 'coingecko'
        and points.coin_id = explain_raw_bar.provider_symbol
        and points.vs_currency = 'usd'
        and cast(points.timestamp_ms as bigint)
        = 86400000 * cast(explain_raw_bar.session_date + 1 - date '1970-01-01' as bigint)

)

select
    json_build_object(
        'table', raw_rows.raw_table,
        'row', raw_rows.raw_row,
        'response', {{ function('explain_response') }}(raw_rows.request_id)
    )
from raw_rows
where raw_rows.request_id = explain_raw_bar.request_id
