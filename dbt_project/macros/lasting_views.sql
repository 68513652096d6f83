{#-
    dbt builds a table beside the old one, renames both, and drops the old one with every view over
    it. Here such a view is moved to the new table in the very transaction of the renaming, so that
    whoever reads it never misses it. The view is locked before its tables are, in the order in
    which readers lock them: else a reader and a build could wait for each other.
-#}

{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {%- set old = make_backup_relation(to_relation, to_relation.type) -%}
    {%- call statement('rename_relation') %}
        {%- if to_relation.identifier.endswith('__dbt_backup') %}
        {{ for_each_view_over(from_relation, "execute format('alter view %s reset (security_barrier)', lasting);") }}
        {%- endif %}
        alter table {{ from_relation.render() }}
        rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }};
        {%- if from_relation.identifier.endswith('__dbt_tmp') %}
        {%- set replacing %}
            execute format('create or replace view %s as %s', lasting, replace(
                pg_catalog.pg_get_viewdef(lasting), '{{ old.identifier }}', '{{ to_relation.identifier }}'
            ));
        {%- endset %}
        {{ for_each_view_over(old, replacing) }}
        {%- endif %}
    {%- endcall %}
{%- endmacro %}


{% macro for_each_view_over(relation, action) -%}
    do $each$
    declare
        lasting regclass;
    begin
        for lasting in
            select distinct views.oid
            from pg_catalog.pg_depend as dependencies
            inner join pg_catalog.pg_rewrite as rules
                on dependencies.objid = rules.oid
            inner join pg_catalog.pg_class as views
                on rules.ev_class = views.oid
            where
                dependencies.classid = 'pg_catalog.pg_rewrite'::regclass
                and dependencies.refobjid
                = to_regclass('{{ relation.include(database=false).render() }}')
                and views.oid != dependencies.refobjid
                and views.relkind = 'v'
                and pg_catalog.pg_has_role(views.relowner, 'usage')
            order by views.oid
        loop
            begin
                {{ action }}
            exception when undefined_column or invalid_table_definition then
                -- The new table lacks what the view reads: dbt builds the view anew after it.
                null;
            end;
        end loop;
    end
    $each$;
{%- endmacro %}
