{% materialization lasting_view, adapter='postgres' %}

    {%- set target_relation = this.incorporate(type='view') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        {%- if config.get('contract').enforced %}
        {{ get_assert_columns_equivalent(sql) }}
        {%- endif %}
        do $lasting$
        begin
            create or replace view {{ target_relation }} as
            {{ sql }}
            ;
        exception when invalid_table_definition then
            -- PostgreSQL replaces no view whose columns are others; what reads it goes too.
            drop view {{ target_relation }} cascade;
            create view {{ target_relation }} as
            {{ sql }}
            ;
        end
        $lasting$
    {%- endcall %}

    {% do apply_grants(target_relation, config.get('grants'), should_revoke=true) %}
    {% do persist_docs(target_relation, model) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}
