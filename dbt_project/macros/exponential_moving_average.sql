{% macro exponential_moving_average(column, length) -%}
    {{ function('smoothed_average') }}(
        {{ column }}, {{ length }}, {{ 2 / (length + 1) }}
    ) over all_sessions_so_far
{%- endmacro %}
