select
    observations.series_id,
    observations.observation_date,
    observations.value,
    observations.vintage_number,
    observations.release_date,
    observations.known_from,
    observations.retrieved_from,
    observations.is_synthetic,
    observations.response_id
from {{ ref('fct_macro_observations') }} as observations
where
    observations.known_from
    < cast(macro_as_of.as_of_date + 1 as timestamp) at time zone 'America/Chicago'
    and (
        observations.known_to is null
        or observations.known_to
        >= cast(macro_as_of.as_of_date + 1 as timestamp) at time zone 'America/Chicago'
    )
