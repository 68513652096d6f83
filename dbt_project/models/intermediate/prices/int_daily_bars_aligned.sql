with

daily_bars as (

    select * from {{ ref('int_daily_bars_unioned') }}

),

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

first_fetches as (

    select
        instrument_id,
        min(first_fetched_at) as first_fetched_at
    from daily_bars
    group by instrument_id

),

final as (

    select
        daily_bars.instrument_id,
        daily_bars.provider,
        daily_bars.provider_symbol,
        daily_bars.session_date,
        tracked_instruments.asset_class,
        daily_bars.open_price,
        daily_bars.high_price,
        daily_bars.low_price,
        daily_bars.close_price,
        daily_bars.volume,
        daily_bars.is_former_symbol,
        daily_bars.is_synthetic,
        -- A backfill would know nothing of the past: the first version of a bar from before the
        -- first fetch counts as known from the close of its session.
        coalesce(
            daily_bars.final_version_count = 1
            and sessions.closes_at < first_fetches.first_fetched_at,
            false
        ) as is_known_from_assumed,
        case
            when not daily_bars.is_final then 'session_not_finished'
            when sessions.session_date is null then 'no_session'
            when daily_bars.close_price is null then 'no_close'
            when daily_bars.high_price < daily_bars.low_price then 'high_below_low'
            -- WTI closed at -37.63 on 2020-04-20: a commodity may cost less than nothing.
            when
                tracked_instruments.asset_class != 'commodity'
                and least(
                    daily_bars.open_price,
                    daily_bars.high_price,
                    daily_bars.low_price,
                    daily_bars.close_price
                ) <= 0
                then 'price_not_positive'
        end as hold_out_reason,
        sessions.closes_at,
        daily_bars.fetched_at,
        daily_bars.response_id
    from daily_bars
    inner join tracked_instruments
        on daily_bars.instrument_id = tracked_instruments.instrument_id
    inner join first_fetches
        on daily_bars.instrument_id = first_fetches.instrument_id
    left join sessions
        on
            tracked_instruments.calendar = sessions.calendar
            and daily_bars.session_date = sessions.session_date

)

select * from final
