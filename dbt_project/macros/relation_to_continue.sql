{% macro relation_to_continue(model_name, column) -%}

    {#- Ephemeral parts of an incremental model have no `this` and no is_incremental(). A table
        from before the column existed cannot be continued: the model is built from nothing. -#}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- set node = graph.nodes.values() | selectattr('name', 'equalto', model_name) | first -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if relation and column in adapter.get_columns_in_relation(relation) | map(attribute='name') -%}
            {{ return(relation) }}
        {%- endif -%}
    {%- endif -%}
    {{ return(none) }}

{%- endmacro %}
