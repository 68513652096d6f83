{#- dbt-postgres knows scalar functions only: here are aggregates, and bodies in plpgsql. -#}

{% macro postgres__aggregate_function_sql(target_relation) %}
    create or replace aggregate {{ target_relation.render() }} (
        {{ formatted_scalar_function_args_sql() }}
    ) (
        {{ model.compiled_code }}
    );
{% endmacro %}

{% macro postgres__scalar_function_body_sql() %}
    $$
        {{ model.compiled_code }}
    $$ {{ model.config.get('meta', {}).get('attributes', 'language sql') }}
{% endmacro %}

{% macro postgres__scalar_function_sql(target_relation) %}
    do $create$
    begin
        -- What a function reads may be built after it: names are looked up when it is called.
        set local check_function_bodies = off;
        {{ scalar_function_create_replace_signature_sql(target_relation) }}
        {{ scalar_function_body_sql() }};
    exception when invalid_function_definition then
        -- PostgreSQL replaces no function whose columns or type are others.
        set local check_function_bodies = off;
        drop function {{ target_relation.render() }} ({{ formatted_scalar_function_args_sql() }});
        {{ scalar_function_create_replace_signature_sql(target_relation) }}
        {{ scalar_function_body_sql() }};
    end
    $create$;
{% endmacro %}
