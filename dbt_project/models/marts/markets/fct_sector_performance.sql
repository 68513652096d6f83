with

memberships as (

    select * from {{ ref('bridge_index_memberships') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

instrument_history as (

    select * from {{ ref('dim_instrument_history') }}

),

sessions as (

    select * from {{ ref('dim_sessions') }}

),

daily_indicators as (

    select * from {{ ref('fct_daily_indicators') }}

),

measured as (

    select
        memberships.index_name,
        -- A member whose sector nobody has told is counted, under a name that says so.
        coalesce(instrument_history.sector, 'Unclassified') as sector,
        sessions.session_date,
        count(*) as member_count,
        count(daily_indicators.return_1d) as priced_count,
        count(*) filter (where daily_indicators.return_1d > 0) as advancers,
        count(*) filter (where daily_indicators.return_1d < 0) as decliners,
        avg(daily_indicators.return_1d) as mean_return,
        percentile_cont(0.5) within group (order by daily_indicators.return_1d) as median_return,
        stddev_samp(daily_indicators.return_1d) as return_dispersion
    from memberships
    inner join instruments
        on
            memberships.instrument_id = instruments.instrument_id
            and instruments.asset_class = 'equity'
    inner join sessions
        on
            instruments.calendar = sessions.calendar
            and memberships.valid_from <= sessions.session_date
            and sessions.session_date < coalesce(memberships.valid_to, 'infinity')
    -- As it was told by the end of that day.
    inner join instrument_history
        on
            memberships.instrument_id = instrument_history.instrument_id
            and sessions.session_date + 1 > instrument_history.valid_from
            and sessions.session_date + 1 <= coalesce(instrument_history.valid_to, 'infinity')
    left join daily_indicators
        on
            memberships.instrument_id = daily_indicators.instrument_id
            and sessions.session_date = daily_indicators.session_date
    group by
        memberships.index_name,
        coalesce(instrument_history.sector, 'Unclassified'),
        sessions.session_date

),

final as (

    select
        index_name,
        sector,
        session_date,
        member_count,
        priced_count,
        advancers,
        decliners,
        mean_return,
        median_return,
        return_dispersion
    from measured
    where priced_count > 0

)

select * from final
