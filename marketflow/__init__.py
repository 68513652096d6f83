"""The command line: `marketflow ...`. Imports the other packages; nobody imports it.

What a command does lies in the package that it calls; here stand its options, what it says on
the screen, and the exit code that it ends with.
"""
