{% macro present_instant() -%}

    {%- set now = (var('marketflow_now', '') or env_var('MARKETFLOW_NOW', '')) | trim -%}
    {%- if execute and now.startswith('@') -%}
        {{ exceptions.raise_compiler_error(
            "MARKETFLOW_NOW is '" ~ now ~ "': dbt reads no files. Run `marketflow transform`, "
            ~ "which reads it, or set an instant like 2016-12-30T21:30:00Z."
        ) }}
    {%- elif now and not now.startswith('@') -%}
        cast('{{ now }}' as timestamptz)
    {%- else -%}
        current_timestamp
    {%- endif -%}

{%- endmacro %}
