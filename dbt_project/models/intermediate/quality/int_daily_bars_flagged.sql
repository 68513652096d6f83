with

daily_bars as (

    select * from {{ ref('int_daily_bars_screened') }}

),

with_changes as (

    select
        daily_bars.*,
        greatest(open_price, high_price, low_price, close_price) as highest_price,
        least(open_price, high_price, low_price, close_price) as lowest_price,
        greatest(
            close_price / nullif(previous_close_price, 0),
            previous_close_price / nullif(close_price, 0)
        ) as close_factor,
        greatest(
            coalesce(open_price, close_price) / nullif(previous_close_price, 0),
            previous_close_price / nullif(coalesce(open_price, close_price), 0)
        ) as open_factor,
        greatest(
            next_close_price / nullif(close_price, 0),
            close_price / nullif(next_close_price, 0)
        ) as next_factor,
        greatest(split_ratio, 1 / split_ratio) as split_factor
    from daily_bars

),

with_signs as (

    select
        with_changes.*,
        -- A provider rounds open, high, low and close one by one.
        highest_price > high_price + 1e-6 * abs(close_price)
        or lowest_price < low_price - 1e-6 * abs(close_price) as is_inconsistent_ohlc,
        -- Both neighbours must disagree: GME went from 18 to 347 within two weeks of 2021, and
        -- never thrice up and back. So a bar is judged once there is one after it.
        least(previous_close_price, next_close_price) > 0
        and next_close_price is not null
        and previous_close_price is not null
        and (
            highest_price >= 3 * greatest(previous_close_price, next_close_price)
            or (
                lowest_price > 0
                and lowest_price <= least(previous_close_price, next_close_price) / 3
            )
        ) as is_bad_tick,
        -- Overnight to a whole multiple or part, where it stays: a split that is not listed.
        split_ratio = 1
        and open_factor between 1.94 and 103
        and (open_factor < 10.5 or round(open_factor) in (12, 15, 20, 25, 30, 40, 50, 100))
        and abs(open_factor / round(open_factor) - 1) <= 0.03
        and abs(close_factor / round(open_factor) - 1) <= 0.1
        and coalesce(next_factor < 1.3, true) as is_unadjusted_split,
        -- A listed split without its move: these prices, or the split, had been applied before.
        split_factor >= 1.5
        and ln(nullif(close_factor, 0)) < 0.25 * ln(split_factor) as is_split_already_applied,
        is_close_unchanged_5 as is_stale_price,
        -- Ten times the usual is rarer than one session in a thousand.
        average_volume_20 > 0 and volume >= 10 * average_volume_20 as is_volume_spike,
        -- Indexes and currency pairs have no volume of their own, coins lose theirs on thin days.
        asset_class in ('equity', 'etf') and coalesce(volume, 0) = 0 as is_zero_volume
    from with_changes

),

final as (

    select
        instrument_id,
        provider,
        session_date,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        previous_close_price,
        coalesce(is_inconsistent_ohlc, false) as is_inconsistent_ohlc,
        coalesce(is_bad_tick, false) as is_bad_tick,
        coalesce(is_unadjusted_split, false) as is_unadjusted_split,
        coalesce(is_split_already_applied, false) as is_split_already_applied,
        coalesce(is_stale_price, false) as is_stale_price,
        coalesce(is_volume_spike, false) as is_volume_spike,
        coalesce(is_zero_volume, false) as is_zero_volume,
        is_synthetic,
        fetched_at,
        response_id
    from with_signs
    where
        is_inconsistent_ohlc
        or is_bad_tick
        or is_unadjusted_split
        or is_split_already_applied
        or is_stale_price
        or is_volume_spike
        or is_zero_volume

)

select * from final
