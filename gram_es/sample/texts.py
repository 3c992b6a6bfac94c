"""Compose titles and descriptions of stock items in the words of merchants."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from gram_es.sample.data_file import SampleDataError
from gram_es.sample.patterns import (
    can_expand,
    expand,
    fill,
    headline,
    listed,
    repeats_itself,
    sentence,
)
from gram_es.sample.product_types import true_texts
from gram_es.sample.quantities import format_value, plain_style
from gram_es.sample.stock import StockItem, random_source
from gram_es.sample.vocabulary import Brand, Voice, vocabulary

_MAX_DRAFTS = 8
_USUAL_STYLE_SHARE = 0.75
_STATED_ELSEWHERE = frozenset({"color", "size", "gender", "age_group"})


def compose_slots(
    each: StockItem, mpn: str, styles: Sequence[str], rng: random.Random
) -> dict[str, str]:
    """Return the values for the slots in patterns of a product's texts.

    Most quantities have the style ``styles[0]``, the others a random one of ``styles``.
    """
    slots = {name: _word_fact(name, value, styles, rng) for name, value in each.facts.items()}
    noun = rng.choice(each.build.nouns or each.kind.nouns)
    return slots | {"brand": each.brand.name, "line": each.line, "model": mpn, "noun": noun}


def compose_title(each: StockItem, slots: Mapping[str, str], rng: random.Random) -> str:
    """Return a title in a pattern of the brand, sometimes with a part number or advertising."""
    usable = _usable(each, "titles", each.kind.titles, slots)
    patterns = _brand_patterns(each, usable)
    drafts = [expand(rng.choice(patterns), slots, rng) for _ in range(_MAX_DRAFTS)]
    title = next((draft for draft in drafts if not repeats_itself(draft)), drafts[-1])
    if slots["model"] not in title and rng.random() < 0.12:
        title = rng.choice((f"{title} ({slots['model']})", f"{title} {slots['model']}"))
    if rng.random() < 0.05:
        title = fill(rng.choice(vocabulary().wording.marketing_titles), {"title": title})
    return _brand_case(each.brand, title)


def compose_description(each: StockItem, mpn: str, rng: random.Random) -> str:
    """Return a description of two to five sentences."""
    styles = (plain_style(each.brand.units), "spaced", "tight", "other")
    slots = compose_slots(each, mpn, styles, rng)
    slots["noun"] = rng.choice(each.build.nouns or each.kind.nouns)
    voice = vocabulary().wording.voices[each.brand.voice]
    facts = {name: slots[name] for name in each.facts if name not in _STATED_ELSEWHERE}
    pitches = true_texts(each.kind.pitches, each.facts)
    features = true_texts(each.kind.features, each.facts)
    care = true_texts(each.kind.care, each.facts)
    usable = _usable(each, "pitches", pitches, slots)
    parts = {
        "pitch": expand(rng.choice(usable), slots, rng),
        "features": _feature_text(voice, features, slots, rng),
        "use": _use_text(voice, [each.kind.uses[key] for key in each.uses], rng),
        "facts": _fact_text(voice, facts, rng),
        "care": rng.choice(care) if care else "",
        "about": each.brand.about,
    }
    ordered = (parts[name] for name in rng.choice(voice.orders))
    return " ".join(sentence(part) for part in ordered if part)


def _word_fact(name: str, value: str, styles: Sequence[str], rng: random.Random) -> str:
    """Return the fact ``name = value`` as a merchant may word it."""
    wording = vocabulary().wording
    if name == "color":
        return rng.choice(wording.colors.get(value, (value,)))
    if value in wording.values:
        return rng.choice(wording.values[value])
    return format_value(
        value, styles[0] if rng.random() < _USUAL_STYLE_SHARE else rng.choice(styles)
    )


def _usable(
    each: StockItem, key: str, patterns: Sequence[str], slots: Mapping[str, str]
) -> list[str]:
    usable = [pattern for pattern in patterns if can_expand(pattern, slots)]
    if not usable:
        raise SampleDataError(
            f"none of the {key} of the type {each.kind.key!r} suits {each.facts}; add one that does"
        )
    return usable


def _brand_patterns(each: StockItem, patterns: Sequence[str]) -> list[str]:
    """Return at most three of ``patterns``, drawn for the brand and the type of ``each``."""
    rng = random_source(each.brand.name, each.kind.key)
    return rng.sample(patterns, min(3, len(patterns)))


def _brand_case(brand: Brand, title: str) -> str:
    if random_source(brand.name).random() < 0.7:
        return headline(title, vocabulary().wording.lower_case_words)
    return sentence(title).removesuffix(".")


def _use_text(voice: Voice, uses: Sequence[str], rng: random.Random) -> str:
    if not uses:
        return ""
    use = uses[0] if rng.random() < 0.6 else rng.choice(uses)
    return fill(rng.choice(voice.uses), {"use": use})


def _feature_text(
    voice: Voice, features: Sequence[str], slots: Mapping[str, str], rng: random.Random
) -> str:
    usable = [feature for feature in features if can_expand(feature, slots)]
    chosen = rng.sample(usable, min(len(usable), rng.choice((2, 2, 3))))
    texts = [expand(feature, slots, rng) for feature in chosen]
    if not voice.features:
        return " ".join(sentence(text) for text in texts)
    return fill(rng.choice(voice.features), {"features": listed(texts)})


def _fact_text(voice: Voice, facts: Mapping[str, str], rng: random.Random) -> str:
    names = rng.sample(list(facts), min(len(facts), 3))
    if not voice.features:
        return " / ".join(facts[name] for name in names)
    return "; ".join(f"{name.replace('_', ' ')}: {facts[name]}" for name in names)
