{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_changes('int_intraday_price_changes', from_column='session_date') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

intraday_bars as (

    {{
        changed_rows(
            ref('int_intraday_bars_combined'),
            'session_date',
            'int_intraday_price_changes',
            'int_intraday_bars_adjusted',
        )
    }}

),

corporate_actions as (

    select * from {{ ref('int_corporate_actions_aligned') }}

),

ratios as (

    select
        intraday_bars.*,
        coalesce(next_action.cumulative_split_ratio, 1) as later_split_ratio
    from intraday_bars
    left join
        lateral (
            select corporate_actions.cumulative_split_ratio
            from corporate_actions
            where
                corporate_actions.instrument_id = intraday_bars.instrument_id
                and corporate_actions.session_date > intraday_bars.session_date
            order by corporate_actions.session_date
            limit 1
        ) as next_action
        on true
    where intraday_bars.bar_interval = '15min' and intraday_bars.session_phase = 'regular'

),

adjusted as (

    select
        *,
        high_price / later_split_ratio as split_adjusted_high_price,
        low_price / later_split_ratio as split_adjusted_low_price,
        close_price / later_split_ratio as split_adjusted_close_price,
        volume * later_split_ratio as split_adjusted_volume
    from ratios

),

-- Whole sessions are built anew, so that each of them adds up from its own open.
session_sums as (

    select
        adjusted.*,
        count(*) over session_so_far
        - count(
            split_adjusted_high_price + split_adjusted_low_price + split_adjusted_volume
        ) over session_so_far as unmeasured_count,
        sum(
            (split_adjusted_high_price + split_adjusted_low_price + split_adjusted_close_price)
            / 3 * split_adjusted_volume
        ) over session_so_far as turnover,
        sum(split_adjusted_volume) over session_so_far as volume_so_far
    from adjusted
    window session_so_far as (
        partition by instrument_id, session_date
        order by bar_start_at
        rows between unbounded preceding and current row
    )

),

final as (

    select
        instrument_id,
        session_date,
        bar_start_at,
        bar_end_at,
        split_adjusted_high_price,
        split_adjusted_low_price,
        split_adjusted_close_price,
        split_adjusted_volume,
        case when unmeasured_count = 0 then turnover / nullif(volume_so_far, 0) end as session_vwap,
        is_complete,
        is_synthetic
    from session_sums

)

select * from final
