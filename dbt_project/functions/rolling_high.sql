sfunc = float8larger,
stype = double precision,
msfunc = float8larger,
minvfunc = {{ function('high_without') }},
mstype = double precision,
parallel = safe
