"""Shapes and numbers only: points, distances, indexes. This room has never heard of a clinic."""
