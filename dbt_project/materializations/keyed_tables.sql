{#-
    A table with a contract is created by its query and keyed when it is full. dbt-postgres inserts into
    an empty table that has its key: a query that creates a table may use several cores, one that
    inserts may not, and a key is built faster at once than row by row.
-#}

{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set is_under_contract = config.get('contract').enforced and not temporary -%}
    {%- set each_of = config.get('meta', {}).get('each_of') -%}
    {{ config.get('sql_header') or '' }}
    {%- if is_under_contract %}
        {{ get_assert_columns_equivalent(sql) }}
        {%- if each_of %}
            {{ create_function_of_rows(each_of, sql) }}
            {%- set sql = rows_side_by_side(each_of) -%}
        {%- endif -%}
        {%- set sql = get_select_subquery(sql) -%}
    {%- endif %}
    create {{ 'temporary' if temporary else ('unlogged' if config.get('unlogged')) }} table {{ relation }} as (
        {{ sql }}
    );
{%- endmacro %}


{% macro postgres__create_indexes(relation) -%}
    {%- if config.get('contract').enforced -%}
        {%- for column in model.columns.values() if column.constraints -%}
            {{ exceptions.raise_compiler_error(
                'the constraint of ' ~ column.name ~ ' would not be set: test the column instead'
            ) }}
        {%- endfor -%}
        {%- for constraint in adapter.render_raw_model_constraints(model['constraints']) -%}
            {%- do run_query('alter table ' ~ relation ~ ' add ' ~ constraint) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ default__create_indexes(relation) }}
{%- endmacro %}


{#-
    The windows of PostgreSQL keep to one core. With `each_of` in its meta, as in
    {model: dim_instruments, column: instrument_id}, a model is built value by value in as many
    processes as one query gets: its query becomes a function of the value, which the planner takes
    for safe (it would not take windows for it) and, as it is strict, leaves whole.
-#}

{% macro create_function_of_rows(each_of, sql) -%}
    drop function if exists pg_temp.{{ model.name }} (text);
    create function pg_temp.{{ model.name }} (wanted text)
    returns table (
        {%- for column in model.columns.values() %}
        {{ column.name }} {{ column.data_type }} {{- ',' if not loop.last }}
        {%- endfor %}
    )
    language sql stable strict parallel safe
    as $rows$
        select {{ model.columns | join(', ') }}
        from ({{ sql }}) as rows_of_all
        where rows_of_all.{{ each_of.column }} = wanted
    $rows$;
    -- A few rows of the model that drives it stand for many of this one.
    set local min_parallel_table_scan_size = 0;
    set local parallel_setup_cost = 0;
    set local parallel_tuple_cost = 0;
    -- The leader writes alone and a further worker computes in its place: while it was at rows of
    -- its own, those of the others would wait. A table of less than three pages gets one worker.
    select
        set_config('parallel_leader_participation', 'off', true),
        set_config('max_parallel_workers_per_gather', cast(workers + 1 as text), true)
    from cast(current_setting('max_parallel_workers_per_gather') as integer) as workers
    where
        workers > 0
        and pg_relation_size('{{ ref(each_of.model) }}')
        >= 3 * cast(current_setting('block_size') as integer);
{%- endmacro %}


{% macro rows_side_by_side(each_of) -%}
    select rows_of_one.*
    from {{ ref(each_of.model) }} as driving
    cross join lateral pg_temp.{{ model.name }} (driving.{{ each_of.column }}) as rows_of_one
{%- endmacro %}
