{% macro measured_averages(changes, order_by='session_date') -%}

    select
        *,
        {{ simple_moving_average('close_sum_10', 20) }} as sma_20,
        {{ simple_moving_average('close_sum_10', 50) }} as sma_50,
        {{ exponential_moving_average(
            'split_adjusted_close_price', 12, known='known_averages[1]'
        ) }} as ema_12,
        {{ exponential_moving_average(
            'split_adjusted_close_price', 26, known='known_averages[2]'
        ) }} as ema_26,
        -- greatest(null, 0) is 0: without the case the first bar would count as a change.
        {{ wilder_average(
            'case when price_change is not null then greatest(price_change, 0) end', 14,
            seen='(bar_number - 1)', known='known_averages[4]'
        ) }} as average_gain_14,
        {{ wilder_average(
            'case when price_change is not null then greatest(-price_change, 0) end', 14,
            seen='(bar_number - 1)', known='known_averages[5]'
        ) }} as average_loss_14,
        -- An average that is gone on from has long been seeded.
        case when bars_before > 0 then 15 else count(true_range) over bars_so_far end
            as true_range_count,
        case
            when bar_number < 20 then null
            -- Exactly nothing where no close differs; the formula would leave a trace of rounding.
            when
                bar_number - coalesce(
                    max(bar_number) filter (where price_change != 0) over bars_so_far, 0
                ) >= 19
                then 0
            else sqrt({{ squared_deviations('close_sum_10', 'close_variance_10') }} / 20)
        end as close_deviation_20,
        nullif(
            sqrt({{ squared_deviations('return_sum_10', 'return_variance_10') }} / 19), 'NaN'
        ) as volatility_20,
        case
            when bar_number >= 20
                then nullif(
                    {{ moving_sum('turnover_sum_10', 20) }}
                    / nullif({{ moving_sum('volume_sum_10', 20) }}, 0),
                    'NaN'
                )
        end as vwap_20
    from {{ changes }}
    window bars_so_far as (
        partition by instrument_id
        order by {{ order_by }}
        rows between unbounded preceding and current row
    )

{%- endmacro %}


{% macro measured_averages_of_averages(averages, order_by='session_date') -%}

    select
        *,
        (
            (sma_50 + coalesce(known_sma_50s[1], lag(sma_50, 50) over bars_so_far))
            + (
                coalesce(known_sma_50s[2], lag(sma_50, 100) over bars_so_far)
                + coalesce(known_sma_50s[3], lag(sma_50, 150) over bars_so_far)
            )
        ) / 4 as sma_200,
        -- The line is null before bar 26, so that its own average begins at bar 34.
        {{ exponential_moving_average(
            'ema_12 - ema_26', 9, seen='(bar_number - 25)', known='known_averages[3]'
        ) }} as macd_signal,
        {{ wilder_average(
            'true_range', 14, seen='true_range_count', known='known_averages[6]'
        ) }} as atr_14
    from {{ averages }}
    window bars_so_far as (
        partition by instrument_id
        order by {{ order_by }}
        rows between unbounded preceding and current row
    )

{%- endmacro %}
