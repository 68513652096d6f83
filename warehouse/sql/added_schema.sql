-- The raw schema of a source beyond the four. Run by the administrator of the database.

create schema if not exists {schema} authorization marketflow_owner;
