"""From one OpenStreetMap extract to a region pack: facilities, place names and a basemap."""
