with

action_versions as (

    select * from {{ ref('int_corporate_action_versions_unioned') }}

),

bar_revisions as (

    select * from {{ ref('int_daily_bar_revisions_compared') }}

),

compared as (

    select
        action_versions.*,
        lag(coalesce(split_ratio, dividend), 1, 0) over action_history as previous_value
    from action_versions
    window action_history as (
        partition by instrument_id, action_type, ex_date order by known_from
    )

),

late_actions as (

    -- An action that was known before its first bar acts with that bar, and restates nothing.
    select *
    from compared
    where
        coalesce(split_ratio, dividend, 0) != previous_value
        and exists (
            select bar_revisions.session_date
            from bar_revisions
            where
                bar_revisions.instrument_id = compared.instrument_id
                and bar_revisions.session_date >= compared.ex_date
                -- No bar is known before its session: an action that came in time looks at none.
                and bar_revisions.session_date
                <= cast(compared.known_from at time zone 'UTC' as date) + 1
                and bar_revisions.known_from < compared.known_from
        )

),

final as (

    select
        instrument_id,
        known_from,
        max(ex_date) as last_ex_date,
        max(ex_date) filter (where action_type = 'split') as last_split_ex_date
    from late_actions
    group by instrument_id, known_from

)

select * from final
