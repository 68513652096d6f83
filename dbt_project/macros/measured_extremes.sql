{% macro measured_extremes(bars, order_by='session_date') -%}

    select
        *,
        bars_before + row_number() over last_252_bars as bar_number,
        lag(split_adjusted_close_price) over last_252_bars as previous_close_price,
        {{ rolling_high('split_adjusted_high_price', 252) }} as high_252,
        -{{ rolling_high('-split_adjusted_low_price', 252) }} as low_252
    from {{ bars }}
    window last_252_bars as (
        partition by instrument_id
        order by {{ order_by }}
        rows between 251 preceding and current row
    )

{%- endmacro %}
