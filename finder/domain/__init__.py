"""The nouns, frozen: what a facility, a place and a position *are*, whoever stores or shows them."""
