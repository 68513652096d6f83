{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="""{{
            take_changes(
                'int_daily_bar_changes',
                after='int_daily_bars_adjusted',
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
            ref('int_daily_bars_adjusted'),
            'session_date',
            'int_daily_bar_changes',
            'fct_daily_bars',
        )
    }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        daily_bars.instrument_id,
        instruments.symbol,
        daily_bars.session_date,
        daily_bars.provider,
        daily_bars.volume_unit,
        daily_bars.open_price,
        daily_bars.high_price,
        daily_bars.low_price,
        daily_bars.close_price,
        daily_bars.volume,
        daily_bars.split_adjusted_open_price,
        daily_bars.split_adjusted_high_price,
        daily_bars.split_adjusted_low_price,
        daily_bars.split_adjusted_close_price,
        daily_bars.split_adjusted_volume,
        daily_bars.total_return_close_price,
        daily_bars.is_synthetic,
        daily_bars.is_known_from_assumed,
        daily_bars.known_from,
        daily_bars.response_id
    from daily_bars
    inner join instruments
        on daily_bars.instrument_id = instruments.instrument_id

)

select * from final
