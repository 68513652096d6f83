sfunc = float8mul,
stype = double precision,
initcond = '1',
parallel = safe
