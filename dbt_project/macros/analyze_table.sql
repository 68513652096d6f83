{% macro analyze_table(model) -%}
    {#- A table that only grows by a little is left to autovacuum. -#}
    {%- if model.config.materialized in ('table', 'incremental') and not is_incremental() -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
