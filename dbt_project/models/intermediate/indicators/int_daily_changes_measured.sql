with

daily_bars as (

    select * from {{ ref('int_daily_bars_adjusted') }}

),

steps as (

    select
        daily_bars.*,
        lag(split_adjusted_close_price) over sessions as previous_close_price
    from daily_bars
    window sessions as (partition by instrument_id order by session_date)

),

final as (

    select
        instrument_id,
        session_date,
        split_adjusted_close_price,
        split_adjusted_high_price,
        split_adjusted_low_price,
        split_adjusted_volume,
        (split_adjusted_high_price + split_adjusted_low_price + split_adjusted_close_price) / 3
            as typical_price,
        split_adjusted_close_price - previous_close_price as price_change,
        case
            when previous_close_price > 0
                then split_adjusted_close_price / previous_close_price - 1
        end as return_1d,
        -- greatest() passes over nulls: without the case the first row would have a true range.
        case
            when previous_close_price is not null
                then greatest(
                    split_adjusted_high_price - split_adjusted_low_price,
                    abs(split_adjusted_high_price - previous_close_price),
                    abs(split_adjusted_low_price - previous_close_price)
                )
        end as true_range,
        is_synthetic
    from steps

)

select * from final
