{% macro daily_data_raw_columns() -%}
symbol,
date,
open,
high,
low,
close,
volume,
price_basis,
provider,
provider_symbol,
instrument_id,
asset_class,
is_final,
is_synthetic,
fetched_at,
response_id
{%- endmacro %}
