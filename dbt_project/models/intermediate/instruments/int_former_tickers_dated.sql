with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

ticker_changes as (

    select * from {{ ref('ticker_changes') }}

),

final as (

    select
        tracked_instruments.instrument_id,
        ticker_changes.former_symbol as symbol,
        cast(
            coalesce(lag(ticker_changes.changed_on) over tickers, cast('1900-01-01' as date))
            as timestamptz
        ) as valid_from,
        cast(ticker_changes.changed_on as timestamptz) as valid_to
    from tracked_instruments
    inner join ticker_changes
        on tracked_instruments.symbol = ticker_changes.symbol
    window tickers as (
        partition by tracked_instruments.instrument_id order by ticker_changes.changed_on
    )

)

select * from final
