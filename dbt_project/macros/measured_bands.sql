{% macro measured_bands(averages, returned='bar_return', order_by='session_date') -%}

    select
        *,
        case
            when bar_number < 20 then null
            -- Exactly nothing where no close differs; the formula would leave a trace of rounding.
            when bar_number - coalesce(last_moved_bar_number, 0) >= 19 then 0
            else sqrt(
                -- The variances of both halves, and that of their means.
                (close_variance_10 + lag(close_variance_10, 10) over last_20_bars) / 2
                + power((close_sum_10 - lag(close_sum_10, 10) over last_20_bars) / 20, 2)
            )
        end as close_deviation_20,
        -- Not a number while a return is missing, as that of the first bar.
        nullif(stddev_samp(coalesce({{ returned }}, 'NaN')) over last_20_bars, 'NaN') as volatility_20,
        case
            when bar_number >= 20
                then nullif(
                    (turnover_sum_10 + lag(turnover_sum_10, 10) over last_20_bars)
                    / nullif(volume_sum_10 + lag(volume_sum_10, 10) over last_20_bars, 0),
                    'NaN'
                )
        end as vwap_20
    from {{ averages }}
    window last_20_bars as (
        partition by instrument_id
        order by {{ order_by }}
        rows between 19 preceding and current row
    )

{%- endmacro %}
