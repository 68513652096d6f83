-- Who may do what in the raw schema of a source beyond the four. Run as marketflow_owner.

revoke all on schema {schema} from public;
grant usage, create on schema {schema} to marketflow_loader;
grant usage on schema {schema} to marketflow_transformer;
grant select on all tables in schema {schema} to marketflow_transformer;
alter default privileges for role marketflow_loader in schema {schema}
    grant select on tables to marketflow_transformer;
