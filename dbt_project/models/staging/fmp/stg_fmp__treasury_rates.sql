with

treasury_rates as (

    select * from {{ source('fmp', 'treasury_rates') }}

),

newest as (

    select distinct on (date) treasury_rates.*
    from treasury_rates
    order by date, fetched_at desc, request_id desc

),

final as (

    select
        cast(date as date) as observation_date,
        cast(month1 as double precision) as yield_1m_pct,
        cast(month2 as double precision) as yield_2m_pct,
        cast(month3 as double precision) as yield_3m_pct,
        cast(month6 as double precision) as yield_6m_pct,
        cast(year1 as double precision) as yield_1y_pct,
        cast(year2 as double precision) as yield_2y_pct,
        cast(year3 as double precision) as yield_3y_pct,
        cast(year5 as double precision) as yield_5y_pct,
        cast(year7 as double precision) as yield_7y_pct,
        cast(year10 as double precision) as yield_10y_pct,
        cast(year20 as double precision) as yield_20y_pct,
        cast(year30 as double precision) as yield_30y_pct,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
