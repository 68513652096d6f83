with

action_versions as (

    select * from {{ ref('int_corporate_action_versions_unioned') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

tracked_instruments as (

    select * from {{ ref('int_instruments_fingerprinted') }}

),

numbered as (

    select
        action_versions.*,
        instruments.symbol,
        row_number() over versions_of_one as version_number,
        tracked_instruments.first_fetched_at
    from action_versions
    inner join instruments
        on action_versions.instrument_id = instruments.instrument_id
    left join tracked_instruments
        on action_versions.instrument_id = tracked_instruments.instrument_id
    window versions_of_one as (
        partition by
            action_versions.instrument_id, action_versions.action_type, action_versions.ex_date
        order by action_versions.known_from
    )

),

dated as (

    -- Bars from before the first fetch count as known at their close, and what split them with it.
    select
        numbered.*,
        coalesce(
            version_number = 1
            and ex_date < cast(first_fetched_at at time zone 'UTC' as date)
            and ex_date < cast(known_from at time zone 'UTC' as date),
            false
        ) as is_known_from_assumed
    from numbered

),

final as (

    select
        instrument_id,
        symbol,
        action_type,
        ex_date,
        case
            when is_known_from_assumed then cast(ex_date as timestamp) at time zone 'UTC'
            else known_from
        end as known_from,
        known_to,
        cast(version_number as integer) as version_number,
        split_ratio,
        dividend,
        'fmp' as provider,
        is_synthetic,
        is_known_from_assumed,
        declaration_date,
        record_date,
        payment_date,
        response_id
    from dated

)

select * from final
