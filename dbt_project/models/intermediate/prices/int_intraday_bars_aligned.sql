with

intraday_bars as (

    select * from {{ ref('int_intraday_bars_unioned') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

identified as (

    select
        provider_symbols.instrument_id,
        provider_symbols.is_former,
        provider_symbols.valid_from,
        provider_symbols.valid_to,
        tracked_instruments.calendar,
        tracked_instruments.asset_class,
        intraday_bars.*,
        cast(intraday_bars.bar_interval as interval) as bar_width,
        cast(intraday_bars.bar_start_at at time zone 'America/New_York' as date) as new_york_date
    from intraday_bars
    inner join provider_symbols
        on
            intraday_bars.provider = provider_symbols.provider
            and intraday_bars.provider_symbol = provider_symbols.provider_symbol
    inner join tracked_instruments
        on provider_symbols.instrument_id = tracked_instruments.instrument_id

),

dated as (

    select
        identified.*,
        bar_sessions.session_date,
        bar_sessions.opens_at,
        bar_sessions.closes_at
    from identified
    cross join
        lateral (
            -- A session holds bars of its date in New York and, around the clock, of the evening
            -- before. No bar has two: the limit keeps it to a look-up of its own.
            select sessions.*
            from sessions
            where
                sessions.calendar = identified.calendar
                and session_date in (new_york_date, new_york_date + 1)
                and (
                    (opens_at <= bar_start_at and closes_at > bar_start_at)
                    -- Stock exchanges alone trade before their open and after their close.
                    or (sessions.calendar = 'XNYS' and session_date = new_york_date)
                )
            order by session_date
            limit 1
        ) as bar_sessions
    where {{ is_within('bar_sessions.session_date', 'identified') }}

),

final as (

    -- A former ticker fills only what the present one lacks.
    select distinct on (instrument_id, provider, bar_interval, bar_start_at)
        instrument_id,
        provider,
        bar_interval,
        bar_start_at,
        least(
            bar_start_at + bar_width,
            case when bar_start_at < closes_at then closes_at end
        ) as bar_end_at,
        session_date,
        case
            when bar_start_at < opens_at then 'pre_market'
            when bar_start_at < closes_at then 'regular'
            else 'post_market'
        end as session_phase,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final as is_complete,
        is_synthetic,
        opens_at,
        closes_at,
        fetched_at,
        response_id
    from dated
    where
        high_price >= low_price
        -- A commodity may cost less than nothing.
        and (
            least(open_price, high_price, low_price, close_price) > 0 or asset_class = 'commodity'
        )
    order by instrument_id, provider, bar_interval, bar_start_at, is_former, fetched_at desc

)

select * from final
