{% macro bollinger_position(close, middle, deviation) -%}
    ({{ close }} - {{ middle }} + 2 * {{ deviation }}) / nullif(4 * {{ deviation }}, 0)
{%- endmacro %}
