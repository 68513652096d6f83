{% macro squared_deviations(sum_10, variance_10) -%}
    (
        10 * ({{ variance_10 }} + lag({{ variance_10 }}, 10) over bars_so_far)
        + power({{ sum_10 }} - lag({{ sum_10 }}, 10) over bars_so_far, 2) / 20
    )
{%- endmacro %}
