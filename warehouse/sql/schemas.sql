-- Who owns which schema. Run by the administrator of the database.

create schema if not exists raw_twelve_data authorization marketflow_owner;
create schema if not exists raw_fmp authorization marketflow_owner;
create schema if not exists raw_fred authorization marketflow_owner;
create schema if not exists raw_coingecko authorization marketflow_owner;
create schema if not exists raw_marketflow authorization marketflow_owner;

create schema if not exists staging authorization marketflow_transformer;
create schema if not exists intermediate authorization marketflow_transformer;
create schema if not exists marts authorization marketflow_transformer;
create schema if not exists ops authorization marketflow_transformer;
create schema if not exists analyst authorization marketflow_transformer;
