{% macro measured_changes(bars, order_by='session_date') -%}

    select
        *,
        split_adjusted_close_price - previous_close_price as price_change,
        case
            when previous_close_price > 0
                then split_adjusted_close_price / previous_close_price - 1
        end as bar_return,
        -- greatest() passes over nulls: without the case the first bar would have a true range.
        case
            when previous_close_price is not null
                then greatest(
                    split_adjusted_high_price - split_adjusted_low_price,
                    abs(split_adjusted_high_price - previous_close_price),
                    abs(split_adjusted_low_price - previous_close_price)
                )
        end as true_range,
        -- Not a number: a bar without volume leaves its windows without a price.
        coalesce(
            (split_adjusted_high_price + split_adjusted_low_price + split_adjusted_close_price)
            / 3 * split_adjusted_volume,
            'NaN'
        ) as turnover
    from {{ bars }}
    -- In order, for a query in order stays one of its own: each bar is worked out once, and not
    -- for every window that it lies in.
    order by instrument_id, {{ order_by }}

{%- endmacro %}


{#-
    Sums over 10 bars are added up bar by bar, wider ones from these: each value depends on the
    bars of its window alone, and is the same wherever a build begins.
-#}

{% macro measured_sums(changes, order_by='session_date') -%}

    select
        *,
        sum(split_adjusted_close_price) over last_10_bars as close_sum_10,
        var_pop(split_adjusted_close_price) over last_10_bars as close_variance_10,
        sum(turnover) over last_10_bars as turnover_sum_10,
        sum(split_adjusted_volume) over last_10_bars as volume_sum_10,
        -- As for a turnover: a bar without a return, as the first one, leaves windows without any.
        sum(coalesce(bar_return, 'NaN')) over last_10_bars as return_sum_10,
        var_pop(coalesce(bar_return, 'NaN')) over last_10_bars as return_variance_10
    from {{ changes }}
    window last_10_bars as (
        partition by instrument_id
        order by {{ order_by }}
        rows between 9 preceding and current row
    )

{%- endmacro %}
