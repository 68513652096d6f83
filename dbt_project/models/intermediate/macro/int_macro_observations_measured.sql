with

vintages as (

    select * from {{ ref('int_macro_vintages_unioned') }}

),

fetches as (

    select * from {{ ref('int_macro_fetches_dated') }}

),

latest as (

    -- Where FRED published no value, the observation before goes on.
    select
        series_id,
        observation_date,
        value,
        is_synthetic
    from vintages
    where is_latest and value is not null

),

compared as (

    select
        latest.*,
        lead(observation_date) over observations as next_observation_date,
        value - lag(value) over observations as change,
        first_value(value) over observations as first_value,
        -- Sums of numeric are exact, so that a flat series has exactly no deviation.
        cast(avg(cast(value as numeric)) over whole_series as double precision) as mean,
        cast(stddev_samp(cast(value as numeric)) over whole_series as double precision)
            as standard_deviation,
        last_value(value) over until_a_year_before as value_1y_before,
        last_value(observation_date) over until_a_year_before as observation_date_1y_before
    from latest
    window
        observations as (
            partition by series_id
            order by observation_date
            rows between unbounded preceding and current row
        ),
        whole_series as (partition by series_id),
        until_a_year_before as (
            partition by series_id
            order by observation_date
            range between unbounded preceding and interval '1 year' preceding
        )

),

final as (

    select
        compared.series_id,
        compared.observation_date,
        compared.next_observation_date,
        coalesce(
            compared.next_observation_date - 1,
            greatest(fetches.last_fetch_date, compared.observation_date)
        ) as stands_until_date,
        compared.value,
        compared.change,
        case
            when
                compared.value_1y_before > 0
                and compared.observation_date - interval '1 year 7 days'
                < compared.observation_date_1y_before
                then 100 * (compared.value / compared.value_1y_before - 1)
        end as pct_change_1y,
        case
            when compared.standard_deviation > 0
                then (compared.value - compared.mean) / compared.standard_deviation
        end as z_score,
        case
            when compared.first_value > 0 then 100 * compared.value / compared.first_value
        end as index_100,
        compared.is_synthetic
    from compared
    cross join fetches

)

select * from final
