"""Two whole registries side by side: which of their facilities are likely one, by a model that learns from the two themselves.

For tens of thousands of facilities a side, where nobody has set the points of the evidence by hand. The model is that of I. P.
Fellegi and A. B. Sunter (*A Theory for Record Linkage*, JASA 64, 1969), trained by expectation maximisation, as Splink does it
in DuckDB, within this process: no server, no network, the same numbers at every run. It proposes pairs only; whether one is
merged is for ``match.compare_pair``, which knows what never is one place.

Needs the extra ``registries``: ``pip install 'finder[registries]'``.
"""

import importlib
import logging
import math
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from finder.domain.facility import Facility
from finder.errors import BadInput, NotReady
from finder.loading.identity import SHARED_SCHEMES
from finder.loading.match_contact import door_of, phone_keys
from finder.loading.match_name import name_of

if TYPE_CHECKING:
    from splink import Linker

__all__ = ["FEWEST_FACILITIES", "link"]

FEWEST_FACILITIES: Final = 100
"""On either side. Of fewer there is nothing to learn from, and comparing each pair is a matter of a second."""

_LEAST_PROBABILITY: Final = 0.05
_SHARED_PART: Final = 0.5  # of the smaller registry, expected in the other; ten times fewer shifts the log-odds by 2.3
_CELLS_A_DEGREE: Final = 200  # 0.005°, some 550 m; a second grid, half a cell off, catches what an edge of the first parts
_SAMPLED_PAIRS: Final = 2e6
_TRAINING_PAIRS: Final = 5e5
_ROUNDS: Final = 10  # the model stands after six or so; each further one only takes what never occurs nearer to 0
_SEED: Final = 20_261_103
_PREFIX_LENGTH: Final = 4
_NAME_WORDS_LEAST_WEIGHT: Final = 30


def link(left: Iterable[Facility], right: Iterable[Facility]) -> Iterator[tuple[str, str, float]]:
    """Yield pairs of ids, left then right, with the probability that they are one facility, likeliest first.

    Pairs below 0.05, and those whose shared identifiers contradict each other, are left out; a facility may come in several
    pairs. Raises :class:`NotReady` without Splink, and :class:`BadInput` when a side has fewer than
    :data:`FEWEST_FACILITIES`, or an id twice.
    """
    try:
        importlib.import_module("splink")  # an extra, and half a second to import
    except ImportError as error:
        raise NotReady("Linking whole registries needs Splink: pip install 'finder[registries]'.") from error
    left, right = list(left), list(right)
    ours = {facility.id: facility for facility in left}
    theirs = {facility.id: facility for facility in right}
    if min(len(ours), len(theirs)) < FEWEST_FACILITIES:
        raise BadInput(
            f"A registry of fewer than {FEWEST_FACILITIES} facilities teaches nothing: load it, rows are compared one by one."
        )
    if len(ours) < len(left) or len(theirs) < len(right):
        raise BadInput("A registry has one of its ids twice: link the facilities as they are in the store.")
    return _pairs(ours, theirs)


def _pairs(ours: Mapping[str, Facility], theirs: Mapping[str, Facility]) -> Iterator[tuple[str, str, float]]:
    with _quiet():
        linker = _linker(ours, theirs)
        _train(linker)
        found = linker.inference.predict(threshold_match_probability=_LEAST_PROBABILITY).as_dict()
    # Rounded, since sums of many numbers differ in their last digits with the order in which threads bring them.
    rows = zip(found["unique_id_l"], found["unique_id_r"], found["match_probability"], strict=True)
    pairs = [(one, two, round(float(probability), 6)) for one, two, probability in rows]
    for one, two, probability in sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1])):
        a, b = ours[one].identifiers, theirs[two].identifiers
        if all(a[scheme] == b[scheme] for scheme in SHARED_SCHEMES if scheme in a and scheme in b):
            yield one, two, probability


@contextmanager
def _quiet() -> Generator[None]:
    """Splink tells each of its steps; what matters to us it raises."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _linker(ours: Mapping[str, Facility], theirs: Mapping[str, Facility]) -> "Linker":
    import duckdb  # noqa: PLC0415
    import splink.comparison_level_library as levels  # noqa: PLC0415
    import splink.comparison_library as comparisons  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    # DuckDB fetches extensions from the network when a query seems to need one.
    connection = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 1}
    )
    backend = DuckDBAPI(connection)
    name = comparisons.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            levels.NullLevel("name"),
            levels.ExactMatchLevel("name").configure(tf_adjustment_column="name"),
            levels.JaroWinklerLevel("name", 0.95),
            levels.JaroWinklerLevel("name", 0.88),
            levels.CustomLevel("len(list_intersect(words_l, words_r)) * 2 >= greatest(len(words_l), len(words_r))"),
            levels.ElseLevel(),
        ],
    )
    smaller, all_pairs = min(len(ours), len(theirs)), len(ours) * len(theirs)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            name,
            comparisons.ExactMatch("numbers"),
            comparisons.DistanceInKMAtThresholds("lat", "lon", [0.05, 0.2, 1.0, 5.0]),
            comparisons.JaroWinklerAtThresholds("street", [0.93]),
            comparisons.ExactMatch("house_number"),
            comparisons.ArrayIntersectAtSizes("phones", [1]),
            comparisons.ExactMatch("kind"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("cell"),
            block_on("cell_between"),
            block_on("phones", arrays_to_explode=["phones"]),
            block_on("postcode", "prefix"),
            block_on("city", "prefix"),
        ],
        probability_two_random_records_match=_SHARED_PART * smaller / all_pairs,
        max_iterations=_ROUNDS,
        retain_matching_columns=False,
    )
    tables = [
        backend.register(_table(side), dataset_display_name=called) for called, side in (("a_left", ours), ("b_right", theirs))
    ]
    return Linker(tables, settings, log_level=None)


def _train(linker: "Linker") -> None:
    """Learn how often each likeness comes by chance, from random pairs, and how often in pairs that are one, from likely ones.

    Each round looks at pairs alike in one thing and learns all the others; what no round sees keeps Splink's own guess.
    """
    from splink import block_on  # noqa: PLC0415
    from splink.internals.exceptions import EMTrainingException  # noqa: PLC0415

    linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=_SEED)
    near = f"floor(l.lat * {_CELLS_A_DEGREE}) = floor(r.lat * {_CELLS_A_DEGREE})"
    near += f" and floor(l.lon * {_CELLS_A_DEGREE}) = floor(r.lon * {_CELLS_A_DEGREE})"
    for rule in (block_on("name"), near, block_on("street", "house_number")):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=_TRAINING_PAIRS)
        except (EMTrainingException, ValueError):
            # No two facilities are alike in this; or the ones that are agree so well in all else that a chance of the model
            # sinks below what a float holds, which Splink refuses. The other rounds, and its own guesses, have to do.
            continue


def _table(side: Mapping[str, Facility]) -> Any:
    """The facilities as an Arrow table of what the model compares and blocks by; what a facility does not say is null."""
    import pyarrow  # noqa: PLC0415

    text, number, texts = pyarrow.string(), pyarrow.float64(), pyarrow.list_(pyarrow.string())
    types = {
        "unique_id": text,
        "name": text,
        "words": texts,
        "numbers": text,
        "prefix": text,
        "kind": text,
        "street": text,
        "house_number": text,
        "postcode": text,
        "city": text,
        "phones": texts,
        "lat": number,
        "lon": number,
        "cell": text,
        "cell_between": text,
    }
    return pyarrow.Table.from_pylist([_row(facility) for facility in side.values()], schema=pyarrow.schema(list(types.items())))


def _row(facility: Facility) -> dict[str, Any]:
    name, door = name_of(facility.name), door_of(facility.address)
    telling = [word for word, weight in name.weights.items() if weight >= _NAME_WORDS_LEAST_WEIGHT] or list(name.weights)
    lon, lat = facility.lon_lat
    vague = (facility.position_accuracy_m or 0.0) * _CELLS_A_DEGREE > 111_000
    column, row = lon * _CELLS_A_DEGREE, lat * _CELLS_A_DEGREE
    return {
        "unique_id": facility.id,
        "name": " ".join(telling),
        "words": telling,
        "numbers": " ".join(sorted(name.numbers)) or None,
        "prefix": telling[0][:_PREFIX_LENGTH],
        "kind": facility.kind.value,
        "street": door.street_text or None,
        "house_number": door.number or None,
        "postcode": door.postcode or None,
        "city": door.city or None,
        "phones": sorted(phone_keys(facility.phones)) or None,
        "lat": None if vague else lat,
        "lon": None if vague else lon,
        "cell": None if vague else f"{math.floor(column)} {math.floor(row)}",
        "cell_between": None if vague else f"{math.floor(column + 0.5)} {math.floor(row + 0.5)}",
    }
