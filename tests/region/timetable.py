"""A small GTFS feed that a test draws itself: two bus lines that cross, over the centre of Helsinki."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

type Stops = Mapping[str, tuple[float, float]]
type Rows = list[dict[str, object]]

LINES: Mapping[str, Stops] = {
    "10": {
        "Alpha West": (24.9370, 60.1690),
        "Alpha Two": (24.9400, 60.1700),
        "Alpha Three": (24.9440, 60.1705),
        "Alpha Four": (24.9470, 60.1705),
        "Alpha East": (24.9520, 60.1715),
    },
    "20": {
        "Beta South": (24.9480, 60.1650),
        "Beta Two": (24.9475, 60.1675),
        "Beta Three": (24.9475, 60.1702),
        "Beta Four": (24.9480, 60.1735),
        "Beta North": (24.9490, 60.1780),
    },
}
"""Stops of each line with longitude and latitude, each a minute from the one before."""


class Timetable:
    """Buses both ways, every five minutes from 6 to 23 o'clock on every day. Change ``files``, then ``write``."""

    def __init__(
        self,
        first_day: str = "20260101",
        last_day: str = "20991231",
        lines: Mapping[str, Stops] = LINES,
        minutes: Sequence[int] = range(6 * 60, 23 * 60, 5),
    ) -> None:
        zone = "Europe/Helsinki"
        agency: Rows = [
            {"agency_id": "T", "agency_name": "Test Transit", "agency_url": "https://example.org", "agency_timezone": zone}
        ]
        calendar: Rows = [{**dict.fromkeys(WEEK, 1), "service_id": "D", "start_date": first_day, "end_date": last_day}]
        self.files: dict[str, Rows] = {"agency.txt": agency, "calendar.txt": calendar}
        stops, routes, trips, stop_times = (
            self.files.setdefault(f"{of}.txt", []) for of in ("stops", "routes", "trips", "stop_times")
        )
        for line, places in lines.items():
            routes.append(
                {"route_id": line, "agency_id": "T", "route_short_name": line, "route_long_name": f"Line {line}", "route_type": 3}
            )
            stops.extend(
                {"stop_id": name, "stop_name": name, "stop_lat": lat, "stop_lon": lon} for name, (lon, lat) in places.items()
            )
            for names in (list(places), list(places)[::-1]):
                for minute in minutes:
                    trip = f"{line} {names[0]} {minute}"
                    trips.append({"route_id": line, "service_id": "D", "trip_id": trip, "trip_headsign": names[-1]})
                    stop_times.extend(
                        {"trip_id": trip, "stop_id": name, "stop_sequence": number, "arrival_time": at, "departure_time": at}
                        for number, name in enumerate(names)
                        for at in [f"{(minute + number) // 60:02d}:{(minute + number) % 60:02d}:00"]
                    )

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.files.items():
            write_table(folder / name, rows)
        return folder


WEEK: Sequence[str] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def write_table(path: Path, rows: Rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)
