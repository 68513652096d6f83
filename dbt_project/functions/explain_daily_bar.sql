with

bar as (

    select
        bars.*,
        adjusted.later_split_ratio,
        adjusted.later_dividend_factor
    from {{ ref('dim_instruments') }} as instruments
    inner join {{ ref('fct_daily_bars') }} as bars
        on instruments.instrument_id = bars.instrument_id
    inner join {{ ref('int_daily_bars_adjusted') }} as adjusted
        on bars.instrument_id = adjusted.instrument_id and bars.session_date = adjusted.session_date
    where
        instruments.symbol = explain_daily_bar.symbol
        and bars.session_date = explain_daily_bar.session_date

),

candidates as (

    select
        aligned.*,
        versions.request_id,
        providers.bar_precedence,
        row_number() over by_precedence as place,
        first_value(aligned.provider) over by_precedence as first_provider
    from bar
    inner join {{ ref('int_daily_bars_aligned') }} as aligned
        on bar.instrument_id = aligned.instrument_id and bar.session_date = aligned.session_date
    inner join {{ ref('int_daily_bars_unioned') }} as versions
        on
            aligned.instrument_id = versions.instrument_id
            and aligned.session_date = versions.session_date
            and aligned.provider = versions.provider
            and aligned.provider_symbol = versions.provider_symbol
    inner join {{ ref('providers') }} as providers
        on aligned.provider = providers.provider
    -- The order of int_daily_bars_selected, what was held out last.
    window by_precedence as (
        order by
            aligned.hold_out_reason is not null,
            providers.bar_precedence,
            aligned.is_former_symbol,
            aligned.fetched_at desc,
            aligned.provider_symbol
    )

),

compared as (

    select
        json_agg(
            json_build_object(
                'provider', provider,
                'provider_symbol', provider_symbol,
                'open_price', open_price,
                'high_price', high_price,
                'low_price', low_price,
                'close_price', close_price,
                'volume', volume,
                'fetched_at', fetched_at,
                'is_chosen', place = 1,
                'reason', case
                    when hold_out_reason is not null then 'held out: ' || hold_out_reason
                    when place = 1 and count_usable = 1 then 'the only usable bar'
                    when place = 1
                        then 'usable, and first in precedence (' || bar_precedence || ')'
                    when provider = first_provider
                        then 'another symbol of ' || provider || ' comes first'
                    else first_provider || ' comes first in precedence'
                end,
                'raw', {{ function('explain_raw_bar') }}(
                    provider, provider_symbol, session_date, request_id
                )
            )
            order by place
        ) as providers
    from (
        select
            candidates.*,
            count(*) filter (where hold_out_reason is null) over () as count_usable
        from candidates
    ) as counted

)

select
    json_build_object(
        'row', (
            select to_json(mart)
            from {{ ref('fct_daily_bars') }} as mart
            where
                mart.instrument_id = bar.instrument_id and mart.session_date = bar.session_date
        ),
        'adjustment', json_build_object(
            'split_factor', 1 / bar.later_split_ratio,
            'later_split_ratio', bar.later_split_ratio,
            'later_dividend_factor', bar.later_dividend_factor,
            'actions', {{ function('explain_actions') }}(bar.instrument_id, bar.session_date)
        ),
        'providers', compared.providers
    )
from bar
cross join compared
