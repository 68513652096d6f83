{% macro wilder_average(column, length, seen='bar_number', known='null') -%}
    {{ smoothed_average(column, length, 1 / length, seen, known) }}
{%- endmacro %}
