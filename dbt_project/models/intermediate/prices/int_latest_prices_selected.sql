with

price_points as (

    select * from {{ ref('int_price_points_unioned') }}

),

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

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

final as (

    select
        newest.instrument_id,
        newest.price_kind,
        newest.provider,
        last_session.session_date,
        newest.price,
        newest.is_synthetic,
        newest.as_of,
        newest.response_id
    from newest
    left join
        lateral (
            select sessions.session_date
            from sessions
            where
                sessions.calendar = newest.calendar
                -- A price at 00:00 UTC is the last of the day that ends there.
                and sessions.opens_at < newest.as_of
            order by sessions.session_date desc
            limit 1
        ) as last_session
        on true

)

select * from final
