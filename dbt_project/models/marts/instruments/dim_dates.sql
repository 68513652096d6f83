with

sessions as (

    select * from {{ ref('dim_sessions') }}

),

span as (

    select
        cast(date_trunc('year', cast(min(session_date) as timestamp)) as date) as first_date,
        max(session_date) as last_date
    from sessions

),

days as (

    select cast(series.day as date) as date
    from span
    cross join
        lateral generate_series(
            cast(span.first_date as timestamp), cast(span.last_date as timestamp), interval '1 day'
        ) as series (day)

),

final as (

    select
        date,
        cast(extract(year from date) as integer) as year,
        cast(extract(quarter from date) as integer) as quarter,
        cast(extract(month from date) as integer) as month,
        cast(extract(isodow from date) as integer) as iso_weekday,
        cast(extract(isoyear from date) as integer) as iso_year,
        cast(extract(week from date) as integer) as iso_week,
        extract(isodow from date) >= 6 as is_weekend,
        cast(date_trunc('week', cast(date as timestamp)) as date) as week_start_date,
        cast(date_trunc('month', cast(date as timestamp)) as date) as month_start_date,
        cast(date_trunc('quarter', cast(date as timestamp)) as date) as quarter_start_date
    from days

)

select * from final
