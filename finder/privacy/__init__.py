"""What may be known of a person, and what must be blurred. Every precise position passes through here."""
