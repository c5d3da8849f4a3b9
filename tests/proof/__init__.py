"""The proof that nobody can read where a person was: a whole visit with marked values, and a search for them in all that is left.

``python -m tests.proof`` prints it; ``make privacy-proof`` sets up what it needs.
"""
