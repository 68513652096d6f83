-- Who may do what. Run as marketflow_owner, who is a member of the loader and the transformer.
-- Only our own schemas are named here: nothing of anybody else changes.

revoke all on schema raw_twelve_data, raw_fmp, raw_fred, raw_coingecko, raw_marketflow from public;
revoke all on schema staging, intermediate, marts, ops, analyst from public;

-- The loader makes and writes raw tables, and writes our own.
grant usage, create
    on schema raw_twelve_data, raw_fmp, raw_fred, raw_coingecko, raw_marketflow
    to marketflow_loader;
grant select, insert, update, delete
    on all tables in schema raw_marketflow
    to marketflow_loader;
alter default privileges for role marketflow_owner in schema raw_marketflow
    grant select, insert, update, delete on tables to marketflow_loader;

-- These two the loader keeps, so that it may also tell the planner of their rows.
alter table raw_marketflow.sessions owner to marketflow_loader;
alter table raw_marketflow.tracked_instruments owner to marketflow_loader;

-- The transformer reads raw. Plain dbt logs itself, so it adds to the log of runs and checks.
grant usage
    on schema raw_twelve_data, raw_fmp, raw_fred, raw_coingecko, raw_marketflow
    to marketflow_transformer;
grant select
    on all tables in schema raw_twelve_data, raw_fmp, raw_fred, raw_coingecko, raw_marketflow
    to marketflow_transformer;
alter default privileges for role marketflow_loader
    in schema raw_twelve_data, raw_fmp, raw_fred, raw_coingecko, raw_marketflow
    grant select on tables to marketflow_transformer;
alter default privileges for role marketflow_owner in schema raw_marketflow
    grant select on tables to marketflow_transformer;
grant insert
    on raw_marketflow.pipeline_runs, raw_marketflow.check_results
    to marketflow_transformer;

-- The reader selects from what is meant to be read, and runs its point-in-time functions.
grant usage on schema marts, ops, analyst to marketflow_reader;
grant select on all tables in schema marts, ops, analyst to marketflow_reader;
grant execute on all functions in schema marts, ops, analyst to marketflow_reader;
alter default privileges for role marketflow_transformer in schema marts, ops, analyst
    grant select on tables to marketflow_reader;
alter default privileges for role marketflow_transformer in schema marts, ops, analyst
    grant execute on functions to marketflow_reader;
