with

dividends as (

    select * from {{ source('fmp', 'dividends') }}

),

final as (

    select
        symbol as fmp_symbol,
        cast(date as date) as ex_date,
        cast(dividend as double precision) as dividend,
        cast(adj_dividend as double precision) as split_adjusted_dividend,
        cast(yield as double precision) as dividend_yield_pct,
        {{ text_or_null('frequency') }} as frequency,
        cast({{ text_or_null('record_date') }} as date) as record_date,
        cast({{ text_or_null('payment_date') }} as date) as payment_date,
        cast({{ text_or_null('declaration_date') }} as date) as declaration_date,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from dividends

)

select * from final
