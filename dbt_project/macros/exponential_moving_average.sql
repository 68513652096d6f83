{% macro exponential_moving_average(column, length, seen='bar_number', known='null') -%}
    {{ smoothed_average(column, length, 2 / (length + 1), seen, known) }}
{%- endmacro %}
