with

sp500_constituent_changes as (

    select * from {{ source('fmp', 'sp500_constituent_changes') }}

),

dated as (

    -- FMP has written this date both ways: August 1, 2025 and 2025-08-01.
    select
        sp500_constituent_changes.*,
        case
            when date_added ~ '^\d{4}-\d{2}-\d{2}' then cast(left(date_added, 10) as date)
            when date_added ~ '^[A-Z][a-z]+ \d{1,2}, \d{4}$'
                then to_date(date_added, 'Month DD, YYYY')
        end as effective_date,
        -- A change that only removes a company names that one in both places.
        nullif(nullif(symbol, 'none'), removed_ticker) as added_symbol,
        nullif(removed_ticker, 'none') as removed_symbol
    from sp500_constituent_changes

),

newest as (

    select distinct on (effective_date, added_symbol, removed_symbol) dated.*
    from dated
    order by effective_date, added_symbol, removed_symbol, fetched_at desc, request_id desc

),

final as (

    select
        effective_date,
        added_symbol,
        {{ text_or_null('added_security') }} as added_name,
        removed_symbol,
        {{ text_or_null('removed_security') }} as removed_name,
        {{ text_or_null('reason') }} as reason,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
