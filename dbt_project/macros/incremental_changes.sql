{#- How long tables are built: docs/guide.md, "How tables are built incrementally". -#}

{% macro take_changes(log, after=none, from_column=none, unit='instrument_id') -%}

    {#- Before a build: locks the model's position until the commit, settles how far it goes, and
        deletes the rows that the changes up to there put in doubt. -#}
    insert into {{ ref('int_model_positions') }} as positions (model, position, next_position)
    select
        '{{ model.name }}',
        0,
    {%- if after %}
        coalesce(max(position), 0)
    from {{ ref('int_model_positions') }}
    where model = '{{ after }}'
    {%- else %}
        coalesce(max(change_number), 0)
    from {{ ref(log) }}
    {%- endif %}
    on conflict (model) do update
    set
        position = {{ 'positions.position' if is_incremental() else 0 }},
        next_position = greatest(positions.position, excluded.next_position);
    {%- if from_column and is_incremental() %}
    -- The planner takes "from a date on" for a third of the table. The index finds the few.
    set local enable_hashjoin = off;
    set local enable_mergejoin = off;
    delete from {{ this }} as doubtful
    using ({{ changes_taken(log, model.name, unit) }}) as changes
    where
        doubtful.{{ unit }} = changes.{{ unit }}
        and doubtful.{{ from_column }} >= changes.changed_from;
    set local enable_hashjoin = on;
    set local enable_mergejoin = on;
    {%- endif -%}

{%- endmacro %}


{% macro keep_position() -%}

    update {{ ref('int_model_positions') }}
    set position = next_position
    where model = '{{ model.name }}'

{%- endmacro %}


{% macro log_rows_taken(log, model_name) -%}

    select log_rows.*
    from {{ ref(log) }} as log_rows
    inner join {{ ref('int_model_positions') }} as positions
        on
            log_rows.change_number > positions.position
            and log_rows.change_number <= positions.next_position
    where positions.model = '{{ model_name }}'

{%- endmacro %}


{% macro changes_taken(log, model_name, unit='instrument_id') -%}

    select
        {{ unit }},
        min(changed_from) as changed_from
    from ({{ log_rows_taken(log, model_name) }}) as log_rows
    group by {{ unit }}

{%- endmacro %}


{% macro changed_rows(relation, from_column, log, model_name, unit='instrument_id') -%}

    select in_doubt.*
    from ({{ changes_taken(log, model_name, unit) }}) as changes
    cross join
        lateral (
            select *
            from {{ relation }}
            where
                {{ unit }} = changes.{{ unit }}
                and {{ from_column }} >= changes.changed_from
            -- A fence for the planner: by the index, instrument after instrument.
            offset 0
        ) as in_doubt

{%- endmacro %}


{% macro next_change_number(order_by) -%}

    {#- Beyond every position too, so that a log that was dropped never counts below one. -#}
    row_number() over (order by {{ order_by }}) + greatest(
        (select coalesce(max(position), 0) from {{ ref('int_model_positions') }})
        {%- if is_incremental() %},
        (select coalesce(max(change_number), 0) from {{ this }})
        {%- endif %}
    )

{%- endmacro %}


{% macro take_macro_changes(after=none) -%}

    {{
        take_changes(
            'int_macro_changes', after=after, from_column='observation_date', unit='series_id'
        )
    }}

{%- endmacro %}


{% macro changed_macro_rows(relation, model_name) -%}

    {{ changed_rows(relation, 'observation_date', 'int_macro_changes', model_name, 'series_id') }}

{%- endmacro %}


{% macro take_intraday_changes(after) -%}

    {{ take_changes('int_intraday_bar_changes', after=after, from_column='session_date') }}

{%- endmacro %}


{% macro changed_intraday_rows(relation, model_name) -%}

    {{ changed_rows(relation, 'session_date', 'int_intraday_bar_changes', model_name) }}

{%- endmacro %}


{% macro new_loads(counted, origin) -%}

    select
        {{ next_change_number('load_id, ' ~ origin) }} as change_number,
        {{ origin }},
        load_id,
        row_count
    from {{ counted }}
    {%- if is_incremental() %}
    -- A load that has grown since it was seen counts as new.
    where not exists (
        select from {{ this }} as seen
        where
            seen.{{ origin }} = {{ counted }}.{{ origin }}
            and seen.load_id = {{ counted }}.load_id
            and seen.row_count = {{ counted }}.row_count
    )
    {%- endif %}

{%- endmacro %}
