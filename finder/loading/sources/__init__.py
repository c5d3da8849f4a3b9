"""The kinds of files that can be loaded, one module each."""
