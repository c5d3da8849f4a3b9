"""The fences of tenants: from an admin's file to one that is lawful, tried out and live."""
