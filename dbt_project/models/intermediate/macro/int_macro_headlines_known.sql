with

headlines as (

    select * from {{ ref('int_macro_headlines_stepped') }}

),

final as (

    -- A release counts from the beginning of its day in Chicago.
    select distinct on (series_id)
        series_id,
        value,
        observation_date,
        release_date
    from headlines
    where release_date <= cast({{ present_instant() }} at time zone 'America/Chicago' as date)
    order by series_id, release_date desc

)

select * from final
