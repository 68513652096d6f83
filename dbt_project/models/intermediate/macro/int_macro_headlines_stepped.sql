with

vintages as (

    select * from {{ ref('int_macro_vintages_numbered') }}

),

releases as (

    -- Of one release day only the newest observation can be the headline.
    select distinct on (series_id, release_date)
        series_id,
        release_date,
        observation_date,
        value
    from vintages
    where value is not null
    order by series_id, release_date, observation_date desc

),

compared as (

    select
        releases.*,
        max(observation_date) over earlier_releases as newest_observation_date
    from releases
    window earlier_releases as (
        partition by series_id
        order by release_date
        rows between unbounded preceding and current row
    )

),

final as (

    -- A later revision of an older observation leaves the headline alone.
    select
        series_id,
        release_date,
        observation_date,
        value
    from compared
    where observation_date = newest_observation_date

)

select * from final
