{% macro moving_sum(sums_of_10, length) -%}
    (
        {{ sums_of_10 }}
        {%- for back in range(10, length, 10) %}
        + lag({{ sums_of_10 }}, {{ back }}) over bars_so_far
        {%- endfor %}
    )
{%- endmacro %}
