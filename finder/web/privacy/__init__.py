"""The privacy centre: what is held about a person, and what they can do about it."""
