{% macro is_watched(symbol) -%}
    {{ symbol }} = any(regexp_split_to_array('{{ var("watchlist") }}', '\s*,\s*'))
{%- endmacro %}
