{% macro text_or_null(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}
