with

daily_bars as (

    select * from {{ ref('int_daily_bars_aligned') }}

),

corporate_actions as (

    select * from {{ ref('int_corporate_actions_aligned') }}

),

bars_of_providers as (

    -- Where a provider has a day under two tickers, the present one speaks for it.
    select distinct on (instrument_id, provider, session_date)
        instrument_id,
        provider,
        session_date,
        asset_class,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_synthetic,
        fetched_at,
        response_id
    from daily_bars
    where hold_out_reason is null
    order by
        instrument_id,
        provider,
        session_date,
        is_former_symbol,
        fetched_at desc,
        provider_symbol

),

with_neighbours as (

    select
        bars_of_providers.*,
        lag(close_price) over sessions as previous_close_price,
        lead(close_price) over sessions as next_close_price,
        case
            when count(volume) over previous_20_sessions = 20
                then avg(volume) over previous_20_sessions
        end as average_volume_20,
        coalesce(
            close_price = lag(close_price) over sessions
            and close_price = lag(close_price, 2) over sessions
            and close_price = lag(close_price, 3) over sessions
            and close_price = lag(close_price, 4) over sessions,
            false
        ) as is_close_unchanged_5
    from bars_of_providers
    window
        sessions as (partition by instrument_id, provider order by session_date),
        previous_20_sessions as (
            partition by instrument_id, provider
            order by session_date
            rows between 20 preceding and 1 preceding
        )

),

final as (

    select
        with_neighbours.instrument_id,
        with_neighbours.provider,
        with_neighbours.session_date,
        with_neighbours.asset_class,
        with_neighbours.open_price,
        with_neighbours.high_price,
        with_neighbours.low_price,
        with_neighbours.close_price,
        with_neighbours.volume,
        coalesce(corporate_actions.split_ratio, 1) as split_ratio,
        with_neighbours.previous_close_price,
        with_neighbours.next_close_price,
        with_neighbours.average_volume_20,
        with_neighbours.is_close_unchanged_5,
        with_neighbours.is_synthetic,
        with_neighbours.fetched_at,
        with_neighbours.response_id
    from with_neighbours
    left join corporate_actions
        on
            with_neighbours.instrument_id = corporate_actions.instrument_id
            and with_neighbours.session_date = corporate_actions.session_date

)

select * from final
