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
