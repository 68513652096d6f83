{% macro hold_out_reason(bars) -%}
    case
        when not {{ bars }}.is_final then 'session_not_finished'
        when sessions.session_date is null then 'no_session'
        when {{ bars }}.close_price is null then 'no_close'
        when {{ bars }}.high_price < {{ bars }}.low_price then 'high_below_low'
        when
            instruments.asset_class != 'commodity'
            and {{ bars }}.open_price = 0
            and least({{ bars }}.high_price, {{ bars }}.low_price, {{ bars }}.close_price) > 0
            then 'zero_open'
        -- WTI closed at -37.63 on 2020-04-20: a commodity may cost less than nothing.
        when
            instruments.asset_class != 'commodity'
            and least(
                {{ bars }}.open_price,
                {{ bars }}.high_price,
                {{ bars }}.low_price,
                {{ bars }}.close_price
            ) <= 0
            then 'price_not_positive'
    end
{%- endmacro %}
