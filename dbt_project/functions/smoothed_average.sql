sfunc = {{ function('smoothed_average_step') }},
stype = double precision[],
finalfunc = {{ function('smoothed_average_value') }},
initcond = '{0, 0, 1}',
parallel = safe
