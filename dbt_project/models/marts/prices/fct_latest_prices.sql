with

latest_prices as (

    select * from {{ ref('int_latest_prices_compared') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

sessions as (

    select * from {{ ref('dim_sessions') }}

),

open_calendars as (

    select distinct calendar
    from sessions
    where
        opens_at <= {{ present_instant() }}
        and closes_at > {{ present_instant() }}

),

final as (

    select
        latest_prices.instrument_id,
        instruments.symbol,
        instruments.name,
        instruments.asset_class,
        instruments.currency,
        latest_prices.session_date,
        latest_prices.provider,
        latest_prices.price_kind,
        latest_prices.price,
        latest_prices.previous_close_price,
        latest_prices.price - latest_prices.previous_close_price as change,
        -- A ratio to a price at or below zero says nothing.
        case
            when latest_prices.previous_close_price > 0
                then 100 * (latest_prices.price / latest_prices.previous_close_price - 1)
        end as change_pct,
        cast(extract(epoch from {{ present_instant() }} - latest_prices.as_of) as double precision)
            as age_seconds,
        open_calendars.calendar is not null as is_market_open,
        latest_prices.is_synthetic,
        latest_prices.as_of,
        latest_prices.response_id
    from latest_prices
    inner join instruments
        on latest_prices.instrument_id = instruments.instrument_id
    left join open_calendars
        on instruments.calendar = open_calendars.calendar

)

select * from final
