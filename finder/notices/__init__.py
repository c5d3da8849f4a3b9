"""Timely notices when a person visits a facility: what is lawful where, which fence a position is in, and what is told of it."""
