"""Load facilities from a file: ``python scripts/load_facilities.py FILE.csv``. The same code as ``finder load``.

For cron: nothing is asked, and ``--report FILE.json`` tells what was done. Exit codes: 0 all went well, 1 nothing was loaded,
2 the call was wrong.
"""

import sys

from finder.cli import main

if __name__ == "__main__":
    main(["load", "--yes", *sys.argv[1:]])
