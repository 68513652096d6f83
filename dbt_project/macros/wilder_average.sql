{% macro wilder_average(column, length) -%}
    {{ function('smoothed_average') }}(
        {{ column }}, {{ length }}, {{ 1 / length }}
    ) over all_sessions_so_far
{%- endmacro %}
