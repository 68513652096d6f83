"""CoinGecko: coins, their markets and their history."""
