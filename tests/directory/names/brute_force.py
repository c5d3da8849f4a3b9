"""Scoring every entry against what was typed, one by one, with nothing but the words' likeness: slow, and plain to see."""

import math
from collections import defaultdict

from finder.directory.names.name_words import tells, without_titles
from finder.words.folding import words
from finder.words.likeness import likeness


def kept_words(name):
    return without_titles(words(name))


def scores_of(entries, readings):
    """Item → score of all that are listed, for entries as they are built and readings as ``readings()`` gives them."""
    entries_of = defaultdict(set)
    for entry in entries:
        for name in entry.names:
            for word in kept_words(name):
                entries_of[word].add(entry.item)
    scores = defaultdict(float)
    for reading in readings:
        weights = weigh(reading.units, entries_of, len(entries))
        must = [unit.tells for unit in reading.units]
        must = must if any(must) else [True] * len(must)
        for entry in entries:
            for name in entry.names:
                scores[entry.item] = max(scores[entry.item], score(kept_words(name), reading, must, weights))
    least = 0.45 if max(scores.values(), default=0.0) >= 0.45 else 0.1
    return {item: score for item, score in scores.items() if score >= least}


def weigh(units, entries_of, size):
    rarity = [
        math.log(1 + size / min(size, max(1, sum(len(has) for word, has in entries_of.items() if like(unit, word)))))
        for unit in units
    ]
    telling = [unit.tells for unit in units]
    if all(telling) or not any(telling):
        return [one / sum(rarity) for one in rarity]
    of_telling = sum(one for one, tells_it in zip(rarity, telling, strict=True) if tells_it)
    of_others = sum(rarity) - of_telling
    return [0.9 * one / of_telling if it else 0.1 * one / of_others for one, it in zip(rarity, telling, strict=True)]


def like(unit, word):
    return likeness(unit.word, word, unfinished=unit.unfinished)


def score(name, reading, must, weights):
    found, gain = align(list(reading.units), must, weights, name)
    missing = sum(must) - found
    if reading.altered and missing:
        return 0.0
    telling = min(10, sum(map(tells, name)) or len(name))
    cover = 1.0 if found >= telling else 0.97 if found > 1 else 0.9
    return gain * cover * 0.4**missing * (0.97 if reading.altered else 1.0)


def align(units, must, weights, name):
    """The most units that must be found, and of all ways to find those the greatest gain, by trying every way."""
    if not units:
        return 0, 0.0
    ways = [align(units[1:], must[1:], weights[1:], name)]
    for at, word in enumerate(name):
        if alike := like(units[0], word):
            found, gain = align(units[1:], must[1:], weights[1:], name[:at] + name[at + 1 :])
            ways.append((found + must[0], gain + weights[0] * alike))
    return max(ways)
