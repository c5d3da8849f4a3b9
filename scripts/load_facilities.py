"""Load facilities from a file: ``python scripts/load_facilities.py FILE.csv``. The same code as ``finder load``."""

import sys

from finder.cli import main

if __name__ == "__main__":
    main(["load", *sys.argv[1:]])
