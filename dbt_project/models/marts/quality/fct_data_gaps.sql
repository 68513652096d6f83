with

daily_gaps as (

    select * from {{ ref('int_daily_gaps_explained') }}

),

intraday_gaps as (

    select * from {{ ref('int_intraday_gaps_counted') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

unioned as (

    select
        instrument_id,
        session_date,
        '1day' as bar_interval,
        cause,
        cast(1 as bigint) as expected_bar_count,
        cast(1 as bigint) as missing_bar_count,
        hold_out_reason
    from daily_gaps

    union all

    select
        instrument_id,
        session_date,
        bar_interval,
        cause,
        expected_bar_count,
        missing_bar_count,
        cast(null as text) as hold_out_reason
    from intraday_gaps

),

final as (

    select
        unioned.instrument_id,
        instruments.symbol,
        unioned.session_date,
        unioned.bar_interval,
        unioned.cause,
        unioned.expected_bar_count,
        unioned.missing_bar_count,
        unioned.hold_out_reason
    from unioned
    inner join instruments
        on unioned.instrument_id = instruments.instrument_id

)

select * from final
