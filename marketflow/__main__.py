"""`python -m marketflow`, the same as the script `marketflow`."""

from marketflow.cli import main

if __name__ == "__main__":
    main()
