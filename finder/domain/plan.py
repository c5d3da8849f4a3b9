"""A health plan that a facility or a practitioner takes."""

import msgspec

__all__ = ["NETWORK_MARK", "Plan"]

NETWORK_MARK = "--"
"""Stands in a plan's id between the plan and its network, and nowhere else."""


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """A plan, or one network of it: who is in the plan may have to look for those in the right network."""

    id: str
    """``plan-imaginario``, with a network ``plan-imaginario--red-norte``: the same for every spelling, on every machine."""
    name: str
    network: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id under which this plan is asked for: of a network the plan's without one, then its own."""
        plan_id, mark, _ = self.id.partition(NETWORK_MARK)
        return (plan_id, self.id) if mark else (self.id,)

    def label(self) -> str:
        """One line for a person: ``Plan Imaginario / Red Norte``."""
        return f"{self.name} / {self.network}" if self.network else self.name
