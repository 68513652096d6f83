sfunc = float8smaller,
stype = double precision,
msfunc = float8smaller,
minvfunc = {{ function('low_without') }},
mstype = double precision,
parallel = safe
