{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="""{{
            take_changes(
                'int_daily_bars_arrived',
                after='int_unit_errors_detected',
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
            ref('int_daily_bars_unioned'),
            'session_date',
            'int_daily_bars_arrived',
            'int_daily_bars_aligned',
        )
    }}

),

instruments as (

    select * from {{ ref('int_instruments_fingerprinted') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

unit_errors as (

    select * from {{ ref('int_unit_errors_detected') }}

),

final as (

    select
        daily_bars.instrument_id,
        daily_bars.provider,
        daily_bars.provider_symbol,
        daily_bars.session_date,
        instruments.asset_class,
        daily_bars.open_price,
        daily_bars.high_price,
        daily_bars.low_price,
        daily_bars.close_price,
        daily_bars.volume,
        daily_bars.is_former_symbol,
        daily_bars.is_synthetic,
        -- A backfill would know nothing of the past: the first version of a bar from before the
        -- first fetch counts as known from the close of its session.
        coalesce(
            daily_bars.final_version_count = 1
            and sessions.closes_at < instruments.first_fetched_at,
            false
        ) as is_known_from_assumed,
        coalesce(
            {{ hold_out_reason('daily_bars') }},
            case when unit_errors.session_date is not null then 'unit_error' end
        ) as hold_out_reason,
        sessions.closes_at,
        daily_bars.fetched_at,
        daily_bars.response_id
    from daily_bars
    inner join instruments
        on daily_bars.instrument_id = instruments.instrument_id
    left join sessions
        on
            instruments.calendar = sessions.calendar
            and daily_bars.session_date = sessions.session_date
    left join unit_errors
        on
            daily_bars.instrument_id = unit_errors.instrument_id
            and daily_bars.provider = unit_errors.provider
            and daily_bars.provider_symbol = unit_errors.provider_symbol
            and daily_bars.session_date = unit_errors.session_date

)

select * from final
