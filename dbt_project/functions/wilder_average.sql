sfunc = {{ function('wilder_average_step') }},
stype = double precision[],
finalfunc = {{ function('wilder_average_value') }},
initcond = '{0, 0, 1}',
parallel = safe
