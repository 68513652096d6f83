with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

quotes as (

    select * from {{ ref('int_quotes_unioned') }}

),

intraday_bars as (

    select * from {{ ref('int_intraday_bars_aligned') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

newest_quotes as (

    select distinct on (instrument_id)
        instrument_id,
        'quote' as price_kind,
        provider,
        as_of,
        price,
        is_synthetic,
        response_id
    from quotes
    where price is not null
    order by instrument_id, as_of desc, provider

),

newest_intraday_bars as (

    -- A bar that is still open tells the price of the instant when it was fetched. Of bars that
    -- end together the shortest speaks. Looked up by instrument, so that history costs nothing.
    select
        tracked_instruments.instrument_id,
        'intraday' as price_kind,
        newest.provider,
        newest.as_of,
        newest.close_price as price,
        newest.is_synthetic,
        newest.response_id
    from tracked_instruments
    cross join
        lateral (
            select
                intraday_bars.*,
                case
                    when is_complete then bar_end_at
                    else least(fetched_at, bar_end_at)
                end as as_of
            from intraday_bars
            where
                intraday_bars.instrument_id = tracked_instruments.instrument_id
                and intraday_bars.session_phase = 'regular'
            order by session_date desc, as_of desc, bar_start_at desc, provider
            limit 1
        ) as newest

),

newest_daily_bars as (

    select
        tracked_instruments.instrument_id,
        'daily' as price_kind,
        newest.provider,
        newest.closes_at as as_of,
        newest.close_price as price,
        newest.is_synthetic,
        newest.response_id
    from tracked_instruments
    cross join
        lateral (
            select daily_bars.*
            from daily_bars
            where daily_bars.instrument_id = tracked_instruments.instrument_id
            order by session_date desc
            limit 1
        ) as newest

),

unioned as (

    select * from newest_quotes
    union all
    select * from newest_intraday_bars
    union all
    select * from newest_daily_bars

),

final as (

    select
        instrument_id,
        price_kind,
        provider,
        as_of,
        price,
        is_synthetic,
        response_id
    from unioned

)

select * from final
