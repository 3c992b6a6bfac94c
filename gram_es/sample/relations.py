"""Which types stand in for each other a little, and which only look as if they did."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

_SIBLINGS = (
    ("sneakers", "running shoes"),
    ("rain boots", "hiking boots"),
    ("headphones", "earbuds"),
    ("sofa", "armchair"),
    ("bookcase", "nightstand"),
    ("water bottle", "travel mug"),
    ("rain jacket", "kids' rain jacket"),
    ("dutch oven", "slow cooker"),
    ("vacuum cleaner", "mop"),
    ("building blocks", "jigsaw puzzle"),
    ("comforter", "sheet set"),
    ("floor lamp", "string lights"),
    ("bath towel", "bathrobe"),
    ("laundry basket", "drying rack"),
    ("cordless drill", "screwdriver set"),
    ("power bank", "flash drive"),
    ("notebook", "copy paper"),
    ("crib", "stroller"),
)

_TEMPTING = (
    ("cordless drill", "circular saw"),
    ("claw hammer", "picture hanging kit"),
    ("adjustable wrench", "kitchen faucet"),
    ("utility knife", "chef's knife"),
    ("chef's knife", "cutting board"),
    ("frying pan", "dutch oven"),
    ("frying pan", "toaster"),
    ("food storage container", "laundry basket"),
    ("water bottle", "cooler"),
    ("travel mug", "coffee maker"),
    ("electric kettle", "coffee maker"),
    ("blender", "slow cooker"),
    ("space heater", "vacuum cleaner"),
    ("sofa", "coffee table"),
    ("armchair", "office chair"),
    ("coffee table", "desk"),
    ("nightstand", "desk"),
    ("wardrobe", "bookcase"),
    ("desk", "office chair"),
    ("bed pillow", "comforter"),
    ("bed pillow", "sheet set"),
    ("bath towel", "shower curtain"),
    ("window curtains", "shower curtain"),
    ("area rug", "yoga mat"),
    ("sweater", "t-shirt"),
    ("sweater", "knit hat"),
    ("chino pants", "t-shirt"),
    ("dress", "sweater"),
    ("bathrobe", "slippers"),
    ("sneakers", "slippers"),
    ("rain jacket", "rain boots"),
    ("stroller", "crib"),
    ("diapers", "pacifier"),
    ("plush toy", "pacifier"),
    ("headphones", "bluetooth speaker"),
    ("monitor", "keyboard"),
    ("power bank", "usb cable"),
    ("lawn mower", "pruning shears"),
    ("garden hose", "planter"),
    ("patio umbrella", "grill"),
    ("tent", "sleeping bag"),
    ("backpack", "cooler"),
    ("dumbbell", "yoga mat"),
    ("bike helmet", "knit hat"),
    ("soccer ball", "dumbbell"),
    ("dog bed", "dog leash"),
    ("dog bed", "cat tree"),
    ("dry dog food", "aquarium"),
    ("notebook", "ballpoint pen"),
    ("stapler", "ballpoint pen"),
    ("led bulb", "floor lamp"),
    ("extension cord", "usb cable"),
    ("flashlight", "led bulb"),
    ("trash can", "trash bags"),
    ("laundry detergent", "laundry basket"),
)


def _both_ways(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    related: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        related[one].add(other)
        related[other].add(one)
    return {key: frozenset(others) for key, others in related.items()}


SIBLINGS = _both_ways(_SIBLINGS)
TEMPTING = _both_ways(_TEMPTING)
