with

quotes as (

    select * from {{ ref('int_quotes_unioned') }}

),

intraday_bars as (

    select * from {{ ref('int_intraday_bars_combined') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

unioned as (

    select
        instrument_id,
        provider,
        'quote' as price_kind,
        as_of,
        as_of as started_at,
        price,
        is_synthetic,
        response_id
    from quotes

    union all

    -- A bar that is still open tells the price of the instant when it was fetched; the last bar
    -- of a session may be longer than what is left of it.
    select
        instrument_id,
        provider,
        'intraday' as price_kind,
        least(
            case
                when is_complete
                    then bar_start_at + case
                        when bar_interval = '1h' then interval '1 hour'
                        else cast(replace(bar_interval, 'min', ' minutes') as interval)
                    end
                else fetched_at
            end,
            closes_at
        ) as as_of,
        bar_start_at as started_at,
        close_price as price,
        is_synthetic,
        response_id
    from intraday_bars
    where is_delivered

    union all

    select
        instrument_id,
        provider,
        'daily' as price_kind,
        closes_at as as_of,
        closes_at as started_at,
        close_price as price,
        is_synthetic,
        response_id
    from daily_bars

),

final as (

    select distinct on (instrument_id, price_kind)
        instrument_id,
        price_kind,
        provider,
        as_of,
        price,
        is_synthetic,
        response_id
    from unioned
    where price is not null
    -- Of bars that end together the shortest speaks.
    order by instrument_id, price_kind, as_of desc, started_at desc, provider

)

select * from final
