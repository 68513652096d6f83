"""A read-only REST API over the marts, as the reader role.

app, server          assembly, and the processes that serve it
routes/              HTTP: parameters, tokens, problems, documentation
services/            what an answer is made of: formats, cursors, cache, limits, tokens
queries/             the only SQL: endpoints described, values bound, one statement an answer
problems             every failure that a caller can meet
"""
