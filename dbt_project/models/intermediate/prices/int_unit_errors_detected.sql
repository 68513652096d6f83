{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="""{{
            take_changes(
                'int_daily_bars_arrived',
                after='int_daily_bars_unioned',
                from_column='session_date',
            )
        }}""",
        post_hook="{{ keep_position() }}",
    )
}}

with

changes as (

    {{ changes_taken('int_daily_bars_arrived', 'int_unit_errors_detected') }}

),

excuses as (

    select * from {{ ref('int_unit_errors_excused') }}

),

daily_bars as (

    select
        in_doubt.*,
        changes.changed_from
    from changes
    cross join
        lateral (
            select *
            from {{ ref('int_daily_bars_unioned') }}
            where
                instrument_id = changes.instrument_id
                and session_date >= changes.changed_from - 30
            -- A fence for the planner: by the index, instrument after instrument.
            order by session_date
            offset 0
        ) as in_doubt
    where in_doubt.close_price > 0

),

compared as (

    -- Only what came before is asked, so that the answer never changes with what comes after. A
    -- single wrong close before must not make a right one look wrong: the majority decides.
    select
        daily_bars.*,
        {{ hundredfold_of_earlier(1) }}
        + {{ hundredfold_of_earlier(2) }}
        + {{ hundredfold_of_earlier(3) }}
        + {{ hundredfold_of_earlier(4) }}
        + {{ hundredfold_of_earlier(5) }} as hundredfold_count
    from daily_bars
    window earlier_sessions as (
        partition by instrument_id, provider, provider_symbol order by session_date
    )

),

final as (

    select
        compared.instrument_id,
        compared.provider,
        compared.provider_symbol,
        compared.session_date,
        compared.close_price,
        compared.hundredfold_count
    from compared
    left join excuses
        on compared.instrument_id = excuses.instrument_id
    where
        compared.hundredfold_count >= 3
        and compared.session_date >= compared.changed_from
        and not coalesce(compared.session_date <@ excuses.excused_dates, false)

)

select * from final
