{% macro record_run(results) -%}

    {#- Writes the run and its checks where `marketflow` and Dagster write theirs. -#}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'seed', 'retry', 'freshness') -%}
        {%- set checks = results | selectattr('node.resource_type', 'in', ['test', 'unit_test', 'source']) | list -%}
        {{ insert_pipeline_run(results, checks) }}
        {%- if checks %}
        {{ insert_check_results(checks) }}
        {%- endif -%}
    {%- endif -%}

{%- endmacro %}


{% macro insert_pipeline_run(results, checks) -%}

    {%- set failures = results | selectattr('status', 'in', ['error', 'fail', 'runtime error', 'partial success']) | list -%}
    {%- set counts = namespace(rows=0) -%}
    {%- for result in results if result.node.resource_type == 'model' -%}
        {%- set counts.rows = counts.rows + [result.adapter_response.get('rows_affected') or 0, 0] | max -%}
    {%- endfor -%}
    {%- set details = {
        'nodes': results | length,
        'checks': checks | length,
        'failures': failures | length,
        'target': target.name,
    } -%}
    insert into raw_marketflow.pipeline_runs
        (run_id, job, source, trigger, started_at, ended_at, status, rows, error, details)
    values (
        {{ sql_text(invocation_id) }},
        {{ sql_text('dbt ' ~ flags.WHICH) }},
        null,
        {{ sql_text(env_var('MARKETFLOW_TRIGGER', 'dagster' if env_var('DAGSTER_DBT_CLI', '') else 'dbt')) }},
        {{ sql_text(run_started_at.isoformat()) }},
        clock_timestamp(),
        {{ sql_text('failed' if failures else 'succeeded') }},
        {{ counts.rows }},
        {{ sql_text(failures[0].node.name ~ ': ' ~ (failures[0].message or failures[0].status)) if failures else 'null' }},
        {{ sql_text(tojson(details)) }}
    );

{%- endmacro %}


{% macro insert_check_results(checks) -%}

    insert into raw_marketflow.check_results
        (run_id, check_name, model, column_name, severity, status, failures, message, checked_at)
    values
    {%- for result in checks %}
        {%- set node = result.node %}
        {%- if node.resource_type == 'unit_test' %}
            {%- set model_name, prefix = node.model, node.model ~ '::' %}
        {%- elif node.resource_type == 'source' %}
            {#- How long ago the table of a source was fetched: `dbt source freshness`. #}
            {%- set model_name, prefix = node.source_name ~ '.' ~ node.name, 'freshness_' ~ node.source_name ~ '_' %}
        {%- else %}
            {%- set model_name, prefix = (node.attached_node or (node.depends_on.nodes | first) or '').split('.')[-1], '' %}
        {%- endif %}
        (
            {{ sql_text(invocation_id) }},
            {{ sql_text(prefix ~ node.name) }},
            {{ sql_text(model_name) }},
            {{ sql_text(node.column_name or none) }},
            {{ sql_text((node.config.severity or 'error') | lower) }},
            {{ sql_text('error' if result.status == 'runtime error' else result.status) }},
            {{ result.failures if result.failures is not none else 'null' }},
            {{ sql_text(result.message or ((result.age / 3600) | round(1) ~ ' hours old' if result.age is defined else none)) }},
            clock_timestamp()
        ){{ ',' if not loop.last }}
    {%- endfor %}
    on conflict do nothing;

{%- endmacro %}


{% macro sql_text(value) -%}
    {%- if value is none -%}
        null
    {%- else -%}
        '{{ value | string | replace("'", "''") }}'
    {%- endif -%}
{%- endmacro %}
