with

known_bars as (

    select *
    from {{ ref('fct_daily_bar_revisions') }}
    where
        known_from <= daily_bars_as_of.known_at
        and (known_to is null or known_to > daily_bars_as_of.known_at)
        and close_price is not null

),

known_actions as (

    -- As in int_corporate_actions_aligned: an action acts on the first bar from its ex-date on.
    select
        actions.instrument_id,
        first_bar.session_date,
        {{ function('product') }}(actions.split_ratio) as split_ratio,
        coalesce(sum(actions.dividend), 0) as dividend
    from {{ ref('int_corporate_action_versions_unioned') }} as actions
    cross join
        lateral (
            select revisions.session_date
            from {{ ref('fct_daily_bar_revisions') }} as revisions
            where
                revisions.instrument_id = actions.instrument_id
                and revisions.session_date >= actions.ex_date
                and revisions.known_from <= daily_bars_as_of.known_at
                and (
                    revisions.known_to is null
                    or revisions.known_to > daily_bars_as_of.known_at
                )
                and revisions.close_price is not null
            order by revisions.session_date
            limit 1
        ) as first_bar
    where
        actions.known_from <= daily_bars_as_of.known_at
        and (actions.known_to is null or actions.known_to > daily_bars_as_of.known_at)
        and coalesce(actions.split_ratio, actions.dividend) > 0
    group by actions.instrument_id, first_bar.session_date

),

bars_with_actions as (

    select
        known_bars.*,
        coalesce(known_actions.split_ratio, 1) as split_ratio,
        coalesce(known_actions.dividend, 0) as dividend,
        lead(known_bars.close_price) over newest_first as previous_close_price
    from known_bars
    left join known_actions
        on
            known_bars.instrument_id = known_actions.instrument_id
            and known_bars.session_date = known_actions.session_date
    window newest_first as (
        partition by known_bars.instrument_id order by known_bars.session_date desc
    )

),

cumulated as (

    select
        bars_with_actions.*,
        {{ function('product') }}(split_ratio) over later_sessions as later_split_ratio,
        {{ function('product') }}(1 - dividend * split_ratio / nullif(previous_close_price, 0))
            over later_sessions as later_dividend_factor
    from bars_with_actions
    window later_sessions as (
        partition by instrument_id
        order by session_date desc
        rows between unbounded preceding and 1 preceding
    )

),

volumes as (

    select
        cumulated.*,
        case
            when volume_basis = 'split_adjusted' then volume / later_split_ratio
            else volume
        end as volume_as_traded
    from cumulated

)

select
    instrument_id,
    symbol,
    session_date,
    provider,
    volume_unit,
    open_price,
    high_price,
    low_price,
    close_price,
    volume_as_traded as volume,
    open_price / later_split_ratio as split_adjusted_open_price,
    high_price / later_split_ratio as split_adjusted_high_price,
    low_price / later_split_ratio as split_adjusted_low_price,
    close_price / later_split_ratio as split_adjusted_close_price,
    volume_as_traded * later_split_ratio as split_adjusted_volume,
    close_price / later_split_ratio * later_dividend_factor as total_return_close_price,
    is_synthetic,
    is_known_from_assumed,
    bar_known_from as known_from,
    response_id
from volumes
