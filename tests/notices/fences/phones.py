"""Phones so bad that trials say so."""

from finder.notices.simulate_noise import Noise

LEAPING = Noise(leaps_per_hour=20.0, leap_m=(120.0, 180.0), leap_lasts_s=300.0)
"""They leap off walls by the half of a fence, for five minutes: who is next door seems to be inside."""
RARE = Noise(every_s=(600.0,))
"""They tell where they are every ten minutes."""
