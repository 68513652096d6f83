with

daily_data as (

    select * from {{ ref('daily_data') }}

),

final as (

    select
        {{ daily_data_columns() }}
    from daily_data
    where asset_class in ('equity', 'etf')

)

select * from final
