with

price_points as (

    select * from {{ ref('int_price_points_unioned') }}

),

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

sessions as (

    select * from {{ ref('stg_marketflow__sessions') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

corporate_actions as (

    select * from {{ ref('int_corporate_actions_unioned') }}

),

newest as (

    -- At the close itself the daily bar speaks, which is the official price.
    select distinct on (price_points.instrument_id)
        price_points.*,
        tracked_instruments.calendar
    from price_points
    inner join tracked_instruments
        on price_points.instrument_id = tracked_instruments.instrument_id
    order by
        price_points.instrument_id,
        price_points.as_of desc,
        array_position(array['daily', 'quote', 'intraday'], price_points.price_kind)

),

placed as (

    select
        newest.*,
        last_session.session_date
    from newest
    left join lateral (
        select sessions.session_date
        from sessions
        where
            sessions.calendar = newest.calendar
            -- A price at 00:00 UTC is the last of the day that ends there, not the first of the next.
            and sessions.opens_at < newest.as_of
        order by sessions.opens_at desc
        limit 1
    ) as last_session
        on true

),

compared as (

    select
        placed.*,
        previous_bar.session_date as previous_session_date,
        previous_bar.close_price as previous_close_price
    from placed
    left join lateral (
        select
            daily_bars.session_date,
            daily_bars.close_price
        from daily_bars
        where
            daily_bars.instrument_id = placed.instrument_id
            and daily_bars.session_date < placed.session_date
        order by daily_bars.session_date desc
        limit 1
    ) as previous_bar
        on true

),

splits_between as (

    select
        compared.instrument_id,
        {{ function('product') }}(corporate_actions.split_ratio) as split_ratio
    from compared
    inner join corporate_actions
        on
            compared.instrument_id = corporate_actions.instrument_id
            and corporate_actions.ex_date > compared.previous_session_date
            and corporate_actions.ex_date <= compared.session_date
    group by compared.instrument_id

),

final as (

    select
        compared.instrument_id,
        compared.calendar,
        compared.session_date,
        compared.provider,
        compared.price_kind,
        compared.price,
        -- On the morning of a split the close of yesterday is told in the shares of today.
        compared.previous_close_price / coalesce(splits_between.split_ratio, 1)
            as previous_close_price,
        compared.is_synthetic,
        compared.as_of,
        compared.response_id
    from compared
    left join splits_between
        on compared.instrument_id = splits_between.instrument_id

)

select * from final
