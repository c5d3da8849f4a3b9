"""Looking up places by name, offline: a tantivy index on disk finds candidates, :mod:`finder.locate.place_rank` orders them."""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import tantivy

from finder.domain.place import Place
from finder.errors import BadInput, Damaged, NotReady
from finder.geo.points import LonLat
from finder.locate.place_merge import without_repeats
from finder.locate.place_rank import Typed, context_words, importance, parse_typed, score_place
from finder.words.folding import GENERIC_WORDS, has_digit, spelled_out, words
from finder.words.likeness import edits_allowed

__all__ = ["PlaceIndex", "PlaceMatch", "build_place_index"]

_FORMAT = 1
_MANIFEST = "places.json"
_TOKENS = "finder_words"
_WRITER_BYTES = 64_000_000
_CANDIDATES = 120
_SURE = 0.8
"""From this score on the strict search has found what was meant, and the relaxed one is not asked."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Place)


class PlaceMatch(msgspec.Struct, frozen=True):
    """A place that a name may mean, and how well it answers: 0 to 1, comparable between queries."""

    place: Place
    score: float


class _Manifest(msgspec.Struct, frozen=True):
    """What the folder must hold. ``files`` gives each file's length in bytes."""

    format: int
    count: int
    files: dict[str, int]


def build_place_index(folder: Path, places: Iterable[Place]) -> int:
    """Build the index in a new or empty folder, dropping repeats (the first wins); the number of places in it.

    Streams: memory is 64 MB and about 250 bytes a place. Until the last file is written the folder does not open. Raises
    :class:`BadInput` when the folder holds something already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BadInput(f"The folder {folder.name} is not empty: an index of places is built in a new one.")
    index = tantivy.Index(_schema(), path=str(folder))
    _register(index)
    writer = index.writer(_WRITER_BYTES, 1)
    count = 0
    for place in without_repeats(places):
        writer.add_document(_document(place))
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    manifest = _Manifest(format=_FORMAT, count=count, files=dict(_lengths(folder)))
    (folder / _MANIFEST).write_bytes(_ENCODER.encode(manifest))
    return count


class PlaceIndex:
    """An index that :func:`build_place_index` made, memory-mapped. It never changes, and threads may share it."""

    def __init__(self, index: tantivy.Index, count: int) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = index.searcher()
        self._count = count

    def __len__(self) -> int:
        return self._count

    @classmethod
    def open(cls, folder: Path) -> "PlaceIndex":
        """Open the index in ``folder``.

        Raises :class:`NotReady` when there is none, :class:`Damaged` when a file of it is missing or not as it was written.
        """
        manifest_path = folder / _MANIFEST
        if not folder.is_dir() or not any(folder.iterdir()):
            raise NotReady("There is no index of place names yet: build a region with `finder region build` or load facilities.")
        again = "publish again with `finder load` or `finder region build`."
        try:
            manifest = msgspec.json.decode(manifest_path.read_bytes(), type=_Manifest)
        except (OSError, msgspec.MsgspecError) as error:
            raise Damaged(f"The index of place names was not finished: {again}") from error
        if manifest.format != _FORMAT:
            raise Damaged(f"The index of place names was made by another version of the finder: {again}")
        there = dict(_lengths(folder))
        if any(there.get(name) != length for name, length in manifest.files.items()):
            raise Damaged(f"A file of the index of place names is missing or cut short: {again}")
        try:
            index = tantivy.Index.open(str(folder))
            _register(index)
            index.reload()
            opened = cls(index, manifest.count)
            held = opened._searcher.num_docs
        except (ValueError, OSError) as error:
            raise Damaged(f"The index of place names cannot be opened: {again}") from error
        if held != manifest.count:
            raise Damaged(f"The index of place names has lost entries: {again}")
        return opened

    def search(self, text: str, *, limit: int = 10, near: LonLat | None = None) -> list[PlaceMatch]:
        """The places that ``text`` may mean, best first; of equals the one nearer to ``near`` goes first.

        Accents, case, punctuation, common abbreviations (Spanish and English), typing errors and an unfinished last word are
        forgiven. Words of the context (``Centro, Tijuana``; ``Springfield, IL``) help to choose. A house number that is not
        in the index finds the street. Empty when nothing is like it.
        """
        typed = parse_typed(text)
        if not typed.words or limit < 1:
            return []
        found = self._ranked(_strict_query(self._schema, typed), typed, near)
        if not found or found[0].score < _SURE:
            relaxed = self._ranked(_relaxed_query(self._schema, typed), typed, near)
            found = _in_order([*found, *(match for match in relaxed if match not in found)])
        return found[:limit]

    def _ranked(self, query: tantivy.Query | None, typed: Typed, near: LonLat | None) -> list[PlaceMatch]:
        """The candidates of one query, scored and ordered."""
        if query is None:
            return []
        if near is not None:
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Should, _near_query(self._schema, near))]
            )
        try:
            hits = self._searcher.search(query, limit=_CANDIDATES, count=False, weight_by_field="importance").hits
            places = [_DECODER.decode(self._searcher.doc(address).get_first("place") or b"") for _, address in hits]
        except (ValueError, OSError) as error:
            raise Damaged("The index of place names cannot be read: publish again.") from error
        matches = (PlaceMatch(place, score_place(place, typed, near)) for place in places)
        return _in_order([match for match in matches if match.score > 0.0])


def _in_order(matches: list[PlaceMatch]) -> list[PlaceMatch]:
    """Best first; the order of equals depends on nothing but what they are."""
    return sorted(matches, key=lambda match: (-match.score, match.place.label(), match.place.lon_lat))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("name", tokenizer_name=_TOKENS, index_option="freq")
    builder.add_text_field("context", tokenizer_name=_TOKENS, index_option="basic")
    builder.add_text_field("joined", tokenizer_name=_TOKENS, index_option="basic")
    builder.add_text_field("cell", tokenizer_name=_TOKENS, index_option="basic")
    builder.add_float_field("importance", fast=True)
    builder.add_bytes_field("place", stored=True)
    return builder.build()


def _register(index: tantivy.Index) -> None:
    # The words are folded before they come here: splitting at blanks is all that is left to do.
    index.register_tokenizer(_TOKENS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def _lengths(folder: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.endswith(".lock") and path.name != _MANIFEST:
            yield path.name, path.stat().st_size


def _document(place: Place) -> tantivy.Document:
    names: dict[str, None] = {}
    joined: dict[str, None] = {}
    for name in (place.name, *place.alternate_names):
        bare = words(name)
        names.update(dict.fromkeys(bare))
        names.update(dict.fromkeys(map(spelled_out, bare)))
        joined["".join(map(spelled_out, bare))] = None
    context = dict.fromkeys(context_words(place))
    context.update(dict.fromkeys([spelled_out(word) for word in context]))
    document = tantivy.Document()
    document.add_text("name", " ".join(names))
    document.add_text("context", " ".join(context))
    document.add_text("joined", " ".join(joined))
    document.add_text("cell", _cell(math.floor(place.lon_lat.lon), math.floor(place.lon_lat.lat)))
    # weight_by_field multiplies by log2(2 + value): 1 for the least important, 3 for the most.
    document.add_float("importance", 6.0 * importance(place))
    document.add_bytes("place", _ENCODER.encode(place))
    return document


def _cell(lon: int, lat: int) -> str:
    """The name of a square degree, by its south-west corner; east of 179° comes -180°."""
    return f"{(lon + 180) % 360}:{lat}"


def _near_query(schema: tantivy.Schema, near: LonLat) -> tantivy.Query:
    """Lifts the candidates in the nine square degrees around a point; a nearer one of a thousand "Centro" must be among them."""
    lon, lat = math.floor(near.lon), math.floor(near.lat)
    cells = [_cell(lon + east, lat + north) for east in (-1, 0, 1) for north in (-1, 0, 1)]
    return tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, "cell", cells), 3.0)


def _word_query(schema: tantivy.Schema, word: str, *, unfinished: bool, with_context: bool) -> tantivy.Query:
    """Everything that one typed word may stand for; exact beats unfinished beats mistyped, the name beats its context."""
    query = tantivy.Query
    long = spelled_out(word)
    edits = edits_allowed(word)
    # The constant ranks the ways of matching; the small share of BM25 prefers rare words and short names.
    exact = query.term_query(schema, "name", long, "freq")
    ways = [
        query.boolean_query(
            [
                (tantivy.Occur.Should, query.const_score_query(exact, 4.0)),
                (tantivy.Occur.Should, query.boost_query(exact, 0.3)),
            ]
        )
    ]
    fields = (("name", 1.0), ("context", 0.4)) if with_context else (("name", 1.0),)
    if with_context:
        ways.append(query.const_score_query(query.term_query(schema, "context", long, "basic"), 1.5))
    for field, weight in fields:
        if long != word:
            ways.append(query.const_score_query(query.term_query(schema, field, word, "basic"), 4.0 * weight))
        if unfinished:
            prefix = query.fuzzy_term_query(schema, field, word, distance=0, prefix=True)
            ways.append(query.const_score_query(prefix, 2.5 * weight))
            if edits and len(word) >= 5:
                prefix = query.fuzzy_term_query(schema, field, word, distance=1, prefix=True)
                ways.append(query.const_score_query(prefix, 1.2 * weight))
        if edits:
            fuzzy = query.fuzzy_term_query(schema, field, word, distance=edits)
            ways.append(query.const_score_query(fuzzy, 2.0 * weight))
    return query.disjunction_max_query(ways)


def _word_queries(schema: tantivy.Schema, typed: Typed) -> list[tuple[str, tantivy.Query]]:
    last = len(typed.words) - 1
    several = last > 0
    return [
        (word, _word_query(schema, word, unfinished=typed.unfinished and at == last, with_context=several))
        for at, word in enumerate(typed.words)
    ]


def _joined_ways(schema: tantivy.Schema, typed: Typed) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    """The head as one word: the very name first of all, and names parted or joined wrongly."""
    query = tantivy.Query
    joined = typed.joined
    if not joined:
        return []
    ways = [query.const_score_query(query.term_query(schema, "joined", joined, "basic"), 8.0)]
    edits = 0 if any(has_digit(word) for word in typed.head) else edits_allowed(joined)
    if edits:
        ways.append(query.const_score_query(query.fuzzy_term_query(schema, "joined", joined, distance=edits), 3.0))
    return [(tantivy.Occur.Should, way) for way in ways]


def _strict_query(schema: tantivy.Schema, typed: Typed) -> tantivy.Query:
    """Every word that says something must be there, in the name or its context."""
    by_word = _word_queries(schema, typed)
    telling = {word for word, _ in by_word if _tells(word)} or {word for word, _ in by_word}
    all_words = tantivy.Query.boolean_query(
        [(tantivy.Occur.Must if word in telling else tantivy.Occur.Should, query) for word, query in by_word]
    )
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, all_words), *_joined_ways(schema, typed)])


def _relaxed_query(schema: tantivy.Schema, typed: Typed) -> tantivy.Query | None:
    """Half of the words that say something are enough, and numbers need not be there."""
    by_word = _word_queries(schema, typed)
    must = [(tantivy.Occur.Should, query) for word, query in by_word if _tells(word) and not has_digit(word)]
    if not must:
        return None
    may = [(tantivy.Occur.Should, query) for word, query in by_word if not _tells(word) or has_digit(word)]
    enough = tantivy.Query.boolean_query(must, minimum_number_should_match=math.ceil(len(must) / 2))
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, enough), *may, *_joined_ways(schema, typed)])


def _tells(word: str) -> bool:
    return spelled_out(word) not in GENERIC_WORDS and (len(word) > 1 or has_digit(word))
