sfunc = {{ function('smoothed_average_step') }},
stype = double precision,
parallel = safe
