with

daily_data_raw as (

    select * from {{ ref('daily_data_raw') }}

),

final as (

    select
        {{ daily_data_raw_columns() }}
    from daily_data_raw
    where asset_class = 'index'

)

select * from final
