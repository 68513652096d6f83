with

versions as (

    select * from {{ ref('int_instrument_versions_unioned') }}

),

newest_told as (

    -- Under a former ticker and under the present one at one instant: either says the same.
    select distinct on (instrument_id, told_by, known_from) versions.*
    from versions
    order by instrument_id, told_by, known_from, provider_symbol, symbol

),

final as (

    -- Each source's first word is taken to have been true before it was heard.
    select
        instrument_id,
        told_by,
        case
            when row_number() over words = 1 then cast('1900-01-01 00:00+00' as timestamptz)
            else known_from
        end as valid_from,
        lead(known_from) over words as valid_to,
        symbol,
        name,
        exchange,
        sector,
        industry
    from newest_told
    window words as (partition by instrument_id, told_by order by known_from)

)

select * from final
