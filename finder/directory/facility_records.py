"""The facilities of a snapshot by slot of its spatial index: all that is known, and what a list says."""

from pathlib import Path

import msgspec

from finder.directory.records import Records
from finder.domain.facility import Facility
from finder.errors import Damaged

__all__ = ["FacilityRecords"]

_FACILITY = msgspec.json.Decoder(Facility)


class FacilityRecords:
    """Safe to read from many threads."""

    def __init__(self, facilities: Records, summaries: Records) -> None:
        self._facilities = facilities
        self._summaries = summaries

    @classmethod
    def open(cls, folder: Path) -> "FacilityRecords":
        """Map the records of a snapshot's folder. Raises :class:`Damaged` when they do not fit each other."""
        facilities, summaries = Records.open(folder / "facilities.bin"), Records.open(folder / "summaries.bin")
        if len(facilities) != len(summaries):
            raise Damaged(f"The files of snapshot {folder.name} do not fit each other. Publish again: finder publish.")
        return cls(facilities, summaries)

    def __len__(self) -> int:
        return len(self._facilities)

    def facility_at(self, slot: int) -> Facility:
        """Return all that is known of the facility in a slot."""
        return _FACILITY.decode(self._facilities[slot])

    def summary_json_at(self, slot: int) -> bytes:
        """Return the ``FacilitySummary`` of the facility in a slot as a JSON object."""
        return self._summaries[slot]
