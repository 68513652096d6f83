{% macro generate_schema_name(custom_schema_name, node) -%}

    {#- Names are exact, so that every reader finds marts.fct_daily_bars; dev gets a copy aside. -#}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- elif target.name == 'dev' -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- else -%}
        {{ custom_schema_name | trim }}
    {%- endif -%}

{%- endmacro %}
