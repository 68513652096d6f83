{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="""{{
            take_changes(
                'int_daily_bar_changes',
                after='int_daily_bar_revisions_compared',
                from_column='session_date',
            )
        }}""",
        post_hook="{{ keep_position() }}",
    )
}}

with

bar_revisions as (

    {{
        changed_rows(
            ref('int_daily_bar_revisions_compared'),
            'session_date',
            'int_daily_bar_changes',
            'fct_daily_bar_revisions',
        )
    }}

),

restatements as (

    select * from {{ ref('int_restatements_dated') }}

),

volume_bases as (

    select * from {{ ref('volume_bases') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

revisions as (

    select
        bar_revisions.*,
        bar_revisions.known_from as revised_at,
        bar_revisions.cause as revision_cause
    from bar_revisions

    union all

    select
        bar_revisions.*,
        restatements.known_from as revised_at,
        case
            when bar_revisions.session_date < restatements.last_split_ex_date
                then 'split_restatement'
            else 'dividend_restatement'
        end as revision_cause
    from bar_revisions
    inner join restatements
        on
            bar_revisions.instrument_id = restatements.instrument_id
            and bar_revisions.session_date < restatements.last_ex_date
            and bar_revisions.known_from < restatements.known_from
            and restatements.known_from < coalesce(bar_revisions.known_to, 'infinity')
    where bar_revisions.close_price is not null

),

final as (

    select
        revisions.instrument_id,
        instruments.symbol,
        revisions.session_date,
        revisions.revised_at as known_from,
        lead(revisions.revised_at) over bar_history as known_to,
        cast(row_number() over bar_history as integer) as revision_number,
        revisions.revision_cause as cause,
        revisions.provider,
        volume_bases.volume_unit,
        volume_bases.volume_basis,
        revisions.open_price,
        revisions.high_price,
        revisions.low_price,
        revisions.close_price,
        revisions.volume,
        revisions.is_synthetic,
        revisions.is_known_from_assumed,
        revisions.bar_known_from,
        revisions.response_id
    from revisions
    inner join instruments
        on revisions.instrument_id = instruments.instrument_id
    left join volume_bases
        on
            revisions.provider = volume_bases.provider
            and revisions.asset_class = volume_bases.asset_class
    window bar_history as (
        partition by revisions.instrument_id, revisions.session_date order by revisions.revised_at
    )

)

select * from final
