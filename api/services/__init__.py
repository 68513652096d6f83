"""What an answer is made of: formats, cursors, versions, limits, tokens. No HTTP, no SQL."""
