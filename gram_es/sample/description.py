"""Descriptions, composed from a type's own facts in one of three voices."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from gram_es.sample.wording import can_expand, expand, listed, sentence

_FEATURES = {
    "plain": (
        "Details: {features}",
        "{features}",
        "Good to know: {features}",
        "In short: {features}",
    ),
    "warm": (
        "What sets this one apart: {features}",
        "Worth knowing: {features}",
        "{features}: small things that make a difference every day",
        "The parts we like best: {features}",
        "As always with us: {features}",
    ),
}
_USES = {
    "plain": (
        "Suited to {use}",
        "Good for {use}",
        "Designed for {use}",
        "Most often bought for {use}",
    ),
    "warm": (
        "At its best for {use}",
        "Made with {use} in mind",
        "Whether it is for {use} or simply for every day, it earns its place",
        "Customers tell us they chose it for {use}",
    ),
    "terse": ("For {use}", "Ideal for {use}", "Use: {use}"),
}
_ORDERS = {
    "plain": (
        "pitch features use facts care",
        "pitch facts features care use",
        "features pitch use",
    ),
    "warm": (
        "pitch use features care about",
        "pitch features use about",
        "pitch features about care",
    ),
    "terse": (
        "features facts use",
        "facts features about",
        "pitch facts use",
        "features use about",
    ),
}


def describe(
    *,
    voice: str,
    pitches: Sequence[str],
    features: Sequence[str],
    uses: Sequence[str],
    care: Sequence[str],
    facts: Mapping[str, str],
    about: str,
    values: Mapping[str, str],
    rng: random.Random,
) -> str:
    """Return a description of two to five sentences.

    ``values`` fill the slots of the sentences; ``facts`` are the ones worth a line of their own,
    name to wording; ``uses`` are phrases, the most telling first.
    """
    usable = [pitch for pitch in pitches if can_expand(pitch, values)]
    parts = {
        "pitch": expand(rng.choice(usable), values, rng),
        "features": _tell_features(voice, features, values, rng),
        "use": _tell_use(voice, uses, rng),
        "facts": _tell_facts(voice, facts, rng),
        "care": rng.choice(care) if care else "",
        "about": about,
    }
    told = (parts[name] for name in rng.choice(_ORDERS[voice]).split())
    return " ".join(sentence(part) for part in told if part)


def _tell_use(voice: str, uses: Sequence[str], rng: random.Random) -> str:
    if not uses:
        return ""
    use = uses[0] if rng.random() < 0.6 else rng.choice(uses)
    return rng.choice(_USES[voice]).format(use=use)


def _tell_features(
    voice: str, features: Sequence[str], values: Mapping[str, str], rng: random.Random
) -> str:
    usable = [feature for feature in features if can_expand(feature, values)]
    chosen = rng.sample(usable, min(len(usable), rng.choice((2, 2, 3))))
    told = [expand(feature, values, rng) for feature in chosen]
    if voice == "terse":
        return " ".join(sentence(feature) for feature in told)
    return rng.choice(_FEATURES[voice]).format(features=listed(told))


def _tell_facts(voice: str, facts: Mapping[str, str], rng: random.Random) -> str:
    names = rng.sample(list(facts), min(len(facts), 3))
    if voice == "terse":
        return " / ".join(facts[name] for name in names)
    return "; ".join(f"{name.replace('_', ' ')}: {facts[name]}" for name in names)
