{% macro instant_from_epoch(milliseconds) -%}
    to_timestamp(cast({{ milliseconds }} as numeric) / 1000)
{%- endmacro %}
