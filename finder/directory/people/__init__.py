"""The practitioners of a snapshot with what each does where: written at publish, memory-mapped, read by row."""

from finder.directory.people.people import Listings, People
from finder.directory.people.person import Person
from finder.directory.people.write import write_people

__all__ = ["Listings", "People", "Person", "write_people"]
