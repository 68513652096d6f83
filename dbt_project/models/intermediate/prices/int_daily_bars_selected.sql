{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="""{{
            take_changes(
                'int_daily_bars_arrived',
                after='int_daily_bars_aligned',
                from_column='session_date',
            )
        }}""",
        post_hook="{{ keep_position() }}",
    )
}}

with

daily_bars as (

    {{
        changed_rows(
            ref('int_daily_bars_aligned'),
            'session_date',
            'int_daily_bars_arrived',
            'int_daily_bars_selected',
        )
    }}

),

providers as (

    select * from {{ ref('providers') }}

),

final as (

    -- The whole bar comes from one provider: the first of the precedence that has a usable one.
    select distinct on (daily_bars.instrument_id, daily_bars.session_date)
        daily_bars.instrument_id,
        daily_bars.session_date,
        daily_bars.asset_class,
        daily_bars.provider,
        daily_bars.open_price,
        daily_bars.high_price,
        daily_bars.low_price,
        daily_bars.close_price,
        daily_bars.volume,
        daily_bars.is_synthetic,
        daily_bars.is_known_from_assumed,
        daily_bars.closes_at,
        case
            when daily_bars.is_known_from_assumed then daily_bars.closes_at
            else daily_bars.fetched_at
        end as known_from,
        daily_bars.response_id
    from daily_bars
    inner join providers
        on daily_bars.provider = providers.provider
    where daily_bars.hold_out_reason is null
    order by
        daily_bars.instrument_id,
        daily_bars.session_date,
        providers.bar_precedence,
        daily_bars.is_former_symbol,
        daily_bars.fetched_at desc,
        daily_bars.provider_symbol

)

select * from final
