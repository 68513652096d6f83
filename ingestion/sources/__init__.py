"""The providers, one folder each, all of the same shape.

client.py     how a request is signed, and whether an answer is data
endpoints.py  which requests are made (pure)
parsing.py    answers to rows (pure)
source.py     rows to raw tables through dlt
"""
