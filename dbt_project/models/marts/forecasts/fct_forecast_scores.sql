with

forecasts as (

    select * from {{ ref('fct_forecasts') }}

),

truths as (

    select * from {{ ref('int_forecast_truths_found') }}

),

forecasts_with_truth as (

    select
        forecasts.*,
        truths.truth,
        truths.truth_known_from,
        forecasts.point - truths.truth as error,
        abs(forecasts.point - truths.truth) as absolute_error,
        abs(forecasts.origin_value - truths.truth) as naive_absolute_error,
        truths.truth between forecasts.lower and forecasts.upper as is_covered,
        greatest(forecasts.lower - truths.truth, truths.truth - forecasts.upper, 0) as missed_by
    from forecasts
    inner join truths
        on
            forecasts.subject_id = truths.subject_id
            and forecasts.origin_date = truths.origin_date
            and forecasts.target_date = truths.target_date

),

final as (

    select
        subject_id,
        origin_date,
        model,
        model_version,
        horizon,
        instrument_id,
        symbol,
        series_id,
        target_date,
        is_chosen,
        point,
        lower,
        upper,
        truth,
        error,
        absolute_error,
        naive_absolute_error,
        absolute_error / nullif(naive_scale, 0) as absolute_scaled_error,
        naive_absolute_error / nullif(naive_scale, 0) as naive_absolute_scaled_error,
        is_covered,
        -- Gneiting and Raftery (2007), for intervals of 95 %.
        upper - lower + 2 / 0.05 * missed_by as interval_score,
        is_synthetic,
        known_as_of,
        truth_known_from
    from forecasts_with_truth

)

select * from final
