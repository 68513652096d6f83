with

daily_bars as (

    select * from {{ ref('int_daily_bars_screened') }}

),

providers as (

    select * from {{ ref('providers') }}

),

spans as (

    select
        daily_bars.instrument_id,
        daily_bars.provider,
        providers.bar_precedence,
        min(daily_bars.session_date) as first_session_date,
        max(daily_bars.session_date) as last_session_date
    from daily_bars
    inner join providers
        on daily_bars.provider = providers.provider
    group by daily_bars.instrument_id, daily_bars.provider, providers.bar_precedence

),

final as (

    select
        spans.instrument_id,
        spans.provider,
        others.provider as other_provider,
        greatest(spans.first_session_date, others.first_session_date) as first_session_date,
        least(spans.last_session_date, others.last_session_date) as last_session_date
    from spans
    inner join spans as others
        on
            spans.instrument_id = others.instrument_id
            and spans.bar_precedence < others.bar_precedence

)

select * from final
