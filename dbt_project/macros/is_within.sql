{% macro is_within(moment, ranges) -%}
    {{ moment }} >= {{ ranges }}.valid_from and {{ moment }} < {{ ranges }}.valid_to
{%- endmacro %}
