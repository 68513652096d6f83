with

claims as (

    select * from {{ ref('int_provider_symbol_claims') }}

),

dated_claims as (

    -- Where two claims overlap, the later one begins when the earlier one ends.
    select
        claims.*,
        coalesce(
            greatest(valid_from, lag(valid_to) over symbol_claims),
            cast('-infinity' as date)
        ) as owned_from,
        valid_to as owned_to
    from claims
    where valid_to is not null
    window symbol_claims as (
        partition by provider, provider_symbol
        order by valid_to, is_active, added_at, instrument_id
    )

),

last_dated_days as (

    select
        provider,
        provider_symbol,
        max(valid_to) as valid_to
    from claims
    where valid_to is not null
    group by provider, provider_symbol

),

present_owners as (

    -- Among claims without dates: the present owner's; among instruments alike, the active one's.
    select distinct on (claims.provider, claims.provider_symbol)
        claims.*,
        coalesce(last_dated_days.valid_to, cast('-infinity' as date)) as owned_from,
        cast('infinity' as date) as owned_to
    from claims
    left join last_dated_days
        on
            claims.provider = last_dated_days.provider
            and claims.provider_symbol = last_dated_days.provider_symbol
    where claims.valid_to is null
    order by
        claims.provider,
        claims.provider_symbol,
        claims.is_former,
        claims.is_active desc,
        claims.added_at desc,
        claims.instrument_id

),

owned as (

    select * from dated_claims
    union all
    select * from present_owners

),

final as (

    select
        provider,
        provider_symbol,
        instrument_id,
        is_former,
        owned_from as valid_from,
        owned_to as valid_to
    from owned
    where owned_from < owned_to

)

select * from final
