{% macro rolling_correlation(x, y, length) -%}
    {%- set frame -%} over last_{{ length }}_sessions {%- endset -%}
    {%- set spread_x -%}
        {{ length }} * sum({{ x }} * {{ x }}) {{ frame }} - (sum({{ x }}) {{ frame }}) ^ 2
    {%- endset -%}
    {%- set spread_y -%}
        {{ length }} * sum({{ y }} * {{ y }}) {{ frame }} - (sum({{ y }}) {{ frame }}) ^ 2
    {%- endset -%}
    case
        -- Sums of numeric are exact: a history without any change has a spread of zero.
        when
            count(*) {{ frame }} = {{ length }}
            and {{ spread_x }} > 0
            and {{ spread_y }} > 0
            then greatest(-1, least(1, cast(
                (
                    {{ length }} * sum({{ x }} * {{ y }}) {{ frame }}
                    - sum({{ x }}) {{ frame }} * sum({{ y }}) {{ frame }}
                ) as double precision
            ) / sqrt(
                cast({{ spread_x }} as double precision) * cast({{ spread_y }} as double precision)
            )))
    end
{%- endmacro %}
