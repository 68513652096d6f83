with

forecasts as (

    select * from {{ ref('stg_marketflow__forecasts') }}

),

final as (

    select
        *,
        case when subject_kind = 'instrument' then subject_id end as instrument_id,
        case when subject_kind = 'series' then subject_id end as series_id
    from forecasts

)

select * from final
