"""The finder: where can I be seen, how do I get there, what should I know when I arrive.

The rooms of this package, from the top floor down, are drawn in ``docs/architecture.md`` and checked by ``make lint``.
"""

__version__ = "0.1.0"
