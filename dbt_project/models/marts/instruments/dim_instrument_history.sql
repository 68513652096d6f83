with

versions as (

    select * from {{ ref('int_instrument_versions_dated') }}

),

former_tickers as (

    select * from {{ ref('int_former_tickers_dated') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

moments as (

    select
        instrument_id,
        valid_from
    from versions

    union

    select
        instrument_id,
        valid_to as valid_from
    from former_tickers

),

as_of as (

    select
        moments.instrument_id,
        moments.valid_from,
        coalesce(max(former_tickers.symbol), max(versions.symbol)) as symbol,
        max(versions.name) as name,
        max(versions.exchange) as exchange,
        -- Profiles come before the lists of an index, whose names of sectors are others.
        coalesce(
            max(versions.sector) filter (where versions.told_by = 'profile'),
            max(versions.sector)
        ) as sector,
        coalesce(
            max(versions.industry) filter (where versions.told_by = 'profile'),
            max(versions.industry)
        ) as industry
    from moments
    inner join instruments
        on moments.instrument_id = instruments.instrument_id
    left join versions
        on
            moments.instrument_id = versions.instrument_id
            and moments.valid_from >= versions.valid_from
            and moments.valid_from < coalesce(versions.valid_to, 'infinity')
    left join former_tickers
        on
            moments.instrument_id = former_tickers.instrument_id
            and {{ is_within('moments.valid_from', 'former_tickers') }}
    group by moments.instrument_id, moments.valid_from

),

compared as (

    select
        as_of.*,
        jsonb_build_array(symbol, name, exchange, sector, industry) as told,
        lag(jsonb_build_array(symbol, name, exchange, sector, industry)) over moments_of_one
            as told_before
    from as_of
    window moments_of_one as (partition by instrument_id order by valid_from)

),

final as (

    select
        instrument_id,
        symbol,
        name,
        exchange,
        sector,
        industry,
        valid_from = cast('1900-01-01 00:00+00' as timestamptz) as is_valid_from_assumed,
        valid_from,
        lead(valid_from) over changes_of_one as valid_to
    from compared
    where told is distinct from told_before
    window changes_of_one as (partition by instrument_id order by valid_from)

)

select * from final
