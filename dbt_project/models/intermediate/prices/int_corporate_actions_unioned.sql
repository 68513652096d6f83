with

action_versions as (

    select * from {{ ref('int_corporate_action_versions_unioned') }}

),

final as (

    select
        instrument_id,
        action_type,
        ex_date,
        split_ratio,
        dividend,
        version_count,
        is_synthetic,
        declaration_date,
        record_date,
        payment_date,
        known_from,
        response_id
    from action_versions
    where
        known_to is null
        -- A split or a dividend of nothing acts on nothing.
        and coalesce(split_ratio, dividend) > 0

)

select * from final
