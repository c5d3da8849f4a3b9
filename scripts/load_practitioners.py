"""Load doctors from a table: ``python scripts/load_practitioners.py FILE.csv``. The same code as ``finder load --as doctors``.

For cron: nothing is asked, and ``--report FILE.json`` tells what was done. Exit codes: 0 all went well, 1 nothing was loaded,
2 the call was wrong. Doctors of NPPES and FHIR files come with the facilities: ``scripts/load_facilities.py``.
"""

import sys

from finder.cli import main

if __name__ == "__main__":
    main(["load", "--as", "doctors", "--yes", *sys.argv[1:]])
