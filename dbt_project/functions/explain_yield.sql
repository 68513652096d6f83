with

asked_for as (

    select *
    from {{ ref('fct_yield_curve') }} as yields
    where
        yields.tenor = explain_yield.tenor
        and yields.observation_date = explain_yield.observation_date

),

inputs as (

    -- The row before gives the change, the benchmarks of the day give the spreads.
    select
        yields.tenor,
        yields.observation_date,
        yields.yield_pct,
        yields.provider,
        yields.response_id
    from {{ ref('fct_yield_curve') }} as yields
    where
        (
            yields.observation_date = explain_yield.observation_date
            and yields.tenor in ('3m', '2y', '10y')
        )
        or (
            yields.tenor = explain_yield.tenor
            and yields.observation_date = (
                select max(earlier.observation_date)
                from {{ ref('fct_yield_curve') }} as earlier
                where
                    earlier.tenor = explain_yield.tenor
                    and earlier.observation_date < explain_yield.observation_date
            )
        )

),

fmp_row as (

    select
        rates.request_id,
        to_json(rates) as raw_row
    from {{ source('fmp', 'treasury_rates') }} as rates
    where cast(rates.date as date) = explain_yield.observation_date
    order by rates.fetched_at desc, rates.request_id desc
    limit 1

)

select
    json_build_object(
        'row', to_json(asked_for),
        'providers', (
            select
                json_agg(
                    json_build_object(
                        'provider', providers.provider,
                        'yield_pct', said.yield_pct,
                        'is_chosen', providers.provider = asked_for.provider,
                        'reason', case
                            when said.yield_pct is null then 'has no yield of that day'
                            when said.other_yield_pct is null then 'the only one with a yield'
                            when providers.provider = asked_for.provider
                                then 'first in precedence (' || providers.bar_precedence || ')'
                            else asked_for.provider || ' comes first in precedence'
                        end,
                        'raw', said.raw_rows
                    )
                    order by providers.bar_precedence
                )
            from (
                values
                ('fmp', asked_for.fmp_yield_pct, asked_for.fred_yield_pct, (
                    select
                        json_agg(
                            json_build_object(
                                'table', 'raw_fmp.treasury_rates',
                                'row', fmp_row.raw_row,
                                'response',
                                {{ function('explain_response') }}(fmp_row.request_id)
                            )
                        )
                    from fmp_row
                )),
                ('fred', asked_for.fred_yield_pct, asked_for.fmp_yield_pct, (
                    select
                        {{ function('explain_fred_rows') }}(
                            tenors.fred_series_id, asked_for.observation_date
                        )
                    from {{ ref('treasury_tenors') }} as tenors
                    where tenors.tenor = asked_for.tenor
                ))
            ) as said (provider, yield_pct, other_yield_pct, raw_rows)
            inner join {{ ref('providers') }} as providers
                on said.provider = providers.provider
        ),
        'inputs', (
            select json_agg(to_json(inputs) order by inputs.observation_date, inputs.tenor)
            from inputs
        )
    )
from asked_for
