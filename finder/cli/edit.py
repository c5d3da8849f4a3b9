"""``finder edit``: a facility corrected by hand."""

import click
import msgspec
from rich.markup import escape

from finder.cli.console import OUT, current_settings, opened_desk, publish_if_behind, record
from finder.domain.admin import Action
from finder.errors import BadInput

__all__ = ["edit"]


@click.command()
@click.argument("facility_id", metavar="ID")
@click.argument("changes", metavar="FIELD=VALUE", nargs=-1, required=True)
def edit(facility_id: str, changes: tuple[str, ...]) -> None:
    """Correct fields of facility ID, and publish: finder edit ID name="Clínica Sol" phones='["+526641234567"]'

    Values are texts, or JSON where a field is no text; an empty one (website=) says that there is none. Every file gives way to
    what was corrected by hand, until the edit is taken back: finder loads undo
    """
    settings = current_settings()
    with opened_desk(settings) as desk:
        load = desk.edit(facility_id, dict(_change(text) for text in changes))
        published = publish_if_behind(desk)
    record(settings, Action.FACILITY_EDIT, facility_id, f"load {load.id}")
    done = "corrected" if load.changed else "as it was"
    OUT.print(f"Facility {escape(facility_id)}: {done}. To take it back: finder loads undo {load.id}")
    if published:
        OUT.print(published)


def _change(text: str) -> tuple[str, object]:
    field, equals, value = text.partition("=")
    if not equals:
        raise BadInput(f"“{text}” is no correction: write FIELD=VALUE.")
    if not value:
        return field, None
    if value[0] in '[{"':
        try:
            return field, msgspec.json.decode(value)
        except msgspec.DecodeError as error:
            raise BadInput(f"The value of {field} is no JSON: {error}.") from error
    return field, value
