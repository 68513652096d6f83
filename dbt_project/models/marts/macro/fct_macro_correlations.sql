with

series_pairs as (

    select * from {{ ref('int_macro_pairs_aligned') }}

),

instrument_pairs as (

    select * from {{ ref('int_macro_instruments_aligned') }}

),

macro_windows as (

    select * from {{ ref('macro_windows') }}

),

pairs as (

    select * from series_pairs

    union all

    select * from instrument_pairs

),

bounded as (

    select
        pairs.*,
        min(period_start_date) over whole_pair as first_date,
        max(period_start_date) over whole_pair as last_date
    from pairs
    -- In the order of time, so that sums of the same rows are the same to the last bit.
    window whole_pair as (
        partition by series_id, other_id
        order by period_start_date
        rows between unbounded preceding and unbounded following
    )

),

correlated as (

    select
        bounded.series_id,
        bounded.other_id,
        bounded.other_kind,
        bounded.period,
        macro_windows.window_name,
        min(bounded.period_start_date) as first_period_date,
        max(bounded.period_start_date) as last_period_date,
        count(*) as observation_count,
        bool_and(
            macro_windows.years is null
            or bounded.first_date <= bounded.last_date - make_interval(years => macro_windows.years)
        ) as is_whole,
        corr(bounded.value, bounded.other_value) as correlation,
        corr(bounded.change, bounded.other_change) as change_correlation,
        bool_or(bounded.is_synthetic) as is_synthetic
    from bounded
    inner join macro_windows
        on
            macro_windows.years is null
            or bounded.last_date - make_interval(years => macro_windows.years)
            < bounded.period_start_date
    group by
        bounded.series_id,
        bounded.other_id,
        bounded.other_kind,
        bounded.period,
        macro_windows.window_name

),

final as (

    -- Fewer than ten common periods say nothing, and a shorter history is not the window.
    select
        series_id,
        other_id,
        window_name,
        other_kind,
        period,
        first_period_date,
        last_period_date,
        observation_count,
        is_whole,
        case when is_whole and observation_count >= 10 then correlation end as correlation,
        case
            when is_whole and observation_count >= 10 then change_correlation
        end as change_correlation,
        is_synthetic
    from correlated

)

select * from final
