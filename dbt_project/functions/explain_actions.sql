with

later_actions as (

    select
        actions.*,
        first_bar.session_date as acts_from
    from {{ ref('int_corporate_actions_unioned') }} as actions
    left join
        lateral (
            select min(bars.session_date) as session_date
            from {{ ref('fct_daily_bars') }} as bars
            where
                bars.instrument_id = actions.instrument_id
                and bars.session_date >= actions.ex_date
        ) as first_bar
        on true
    where actions.instrument_id = explain_actions.instrument_id

),

applied as (

    -- An action restates every bar before the one on which it acts.
    select *
    from later_actions
    where acts_from > explain_actions.session_date

),

raw_rows as (

    select
        symbols.instrument_id,
        'split' as action_type,
        splits.ex_date,
        splits.fetched_at,
        splits.request_id,
        'raw_fmp.splits' as raw_table,
        to_json(raw_splits) as raw_row
    from {{ ref('stg_fmp__splits') }} as splits
    inner join {{ ref('int_provider_symbols_mapped') }} as symbols
        on splits.fmp_symbol = symbols.provider_symbol and symbols.provider = 'fmp'
    inner join {{ source('fmp', 'splits') }} as raw_splits
        on
            splits.fmp_symbol = raw_splits.symbol
            and splits.request_id = raw_splits.request_id
            and splits.ex_date = cast(raw_splits.date as date)
    where symbols.instrument_id = explain_actions.instrument_id

    union all

    select
        symbols.instrument_id,
        'dividend' as action_type,
        dividends.ex_date,
        dividends.fetched_at,
        dividends.request_id,
        'raw_fmp.dividends' as raw_table,
        to_json(raw_dividends) as raw_row
    from {{ ref('stg_fmp__dividends') }} as dividends
    inner join {{ ref('int_provider_symbols_mapped') }} as symbols
        on dividends.fmp_symbol = symbols.provider_symbol and symbols.provider = 'fmp'
    inner join {{ source('fmp', 'dividends') }} as raw_dividends
        on
            dividends.fmp_symbol = raw_dividends.symbol
            and dividends.request_id = raw_dividends.request_id
            and dividends.ex_date = cast(raw_dividends.date as date)
    where symbols.instrument_id = explain_actions.instrument_id

)

select
    coalesce(
        json_agg(
            json_build_object(
                'action_type', applied.action_type,
                'ex_date', applied.ex_date,
                'acts_from', applied.acts_from,
                'split_ratio', applied.split_ratio,
                'dividend', applied.dividend,
                'known_from', applied.known_from,
                'table', raw_rows.raw_table,
                'row', raw_rows.raw_row,
                'response', {{ function('explain_response') }}(raw_rows.request_id)
            )
            order by applied.ex_date, applied.action_type
        ),
        '[]'
    )
from applied
left join raw_rows
    on
        applied.action_type = raw_rows.action_type
        and applied.ex_date = raw_rows.ex_date
        and applied.known_from = raw_rows.fetched_at
