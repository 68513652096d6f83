with

profiles as (

    select * from {{ source('fmp', 'profiles') }}

),

versions as (

    -- Equal instants collapse to the last request.
    select distinct on (symbol, fetched_at) profiles.*
    from profiles
    order by symbol, fetched_at, request_id desc

),

final as (

    select
        symbol as fmp_symbol,
        {{ text_or_null('company_name') }} as company_name,
        {{ text_or_null('currency') }} as currency,
        {{ text_or_null('cik') }} as cik,
        {{ text_or_null('isin') }} as isin,
        {{ text_or_null('cusip') }} as cusip,
        {{ text_or_null('exchange') }} as exchange,
        {{ text_or_null('exchange_full_name') }} as exchange_name,
        {{ text_or_null('industry') }} as industry,
        {{ text_or_null('sector') }} as sector,
        {{ text_or_null('country') }} as country,
        {{ text_or_null('website') }} as website,
        {{ text_or_null('description') }} as description,
        {{ text_or_null('ceo') }} as chief_executive,
        cast({{ text_or_null('full_time_employees') }} as bigint) as employee_count,
        cast({{ text_or_null('ipo_date') }} as date) as ipo_date,
        cast(is_etf as boolean) as is_etf,
        cast(is_actively_trading as boolean) as is_actively_trading,
        cast(is_adr as boolean) as is_adr,
        cast(is_fund as boolean) as is_fund,
        fetched_at = max(fetched_at) over (partition by symbol) as is_newest,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from versions

)

select * from final
