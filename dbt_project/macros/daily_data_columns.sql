{% macro daily_data_columns() -%}
symbol,
date,
open,
high,
low,
close,
volume,
price_change_pct,
volatility,
data_quality_score,
instrument_id,
name,
asset_class,
sector,
currency,
provider,
is_synthetic
{%- endmacro %}
