"""Files of admins come into the store: read, map, clean, check, match, preview, commit, undo."""
