"""The brands of the sample shop, every one of them invented, and how each writes its feed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Brand:
    """A fictional brand: its price position and its house style.

    ``price_factor`` multiplies a type's middling price. In ``mpn``, ``#`` stands for a digit and
    ``@`` for a capital letter. ``units`` is a style of ``quantities.spell``; ``voice`` names the
    sentences of ``description``.
    """

    name: str
    price_factor: float
    mpn: str
    units: str
    voice: str
    about: str


_TABLE = """
Torvane | 1.35 | TV-####@ | tight | terse | Torvane tools carry a five-year trade warranty
Hexley | 0.80 | HX#### | spaced | plain | Hexley keeps tools simple and spare parts in stock
Brantwick | 1.00 | BW-###-## | dash | plain | Brantwick has supplied workshops and sites since 1974
Ironmoor | 1.15 | IM##@@## | word | warm | Forged and finished to Ironmoor's own standard
Stannow | 0.62 | S##### | tight | terse | Stannow: honest value for the home workshop
Calderay | 1.55 | CLR-#### | spaced | warm | Calderay is tested in working kitchens
Saltmarsh | 1.20 | SM.###.## | word | warm | Saltmarsh makes small batches and repairs what it sells
Tindleware | 0.85 | TW-#### | tight | plain | Tindleware parts can be ordered one by one
Oveno | 0.65 | OV### | tight | terse | Oveno, everyday kitchen basics
Pottern & Pike | 1.10 | PP-##### | other | warm | Pottern & Pike began at a market stall
Kelmont | 1.40 | KM@###-## | spaced | warm | Kelmont backs every motor for seven years
Halvex | 1.05 | HVX#### | tight | plain | Two-year Halvex guarantee
Whirra | 0.90 | WH-### | word | plain | Whirra builds small machines for small kitchens
Brevo Home | 0.70 | BH####@ | tight | terse | Brevo Home, 12-month warranty
Larkhaven | 1.20 | LH-#### | word | warm | Larkhaven sends pads, tools and clear drawings
Norrsund | 0.85 | NS.### | other | plain | Norrsund packs flat and keeps spare fittings
Ashgrove Joinery | 1.65 | AJ### | spaced | warm | Signed by the Ashgrove joiner who made it
Boxwell | 0.62 | BXW#### | tight | terse | Boxwell ships in one carton
Velmere | 1.05 | VM-##-### | dash | plain | Velmere offers fabric samples on request
Cloudmere | 1.00 | CM#### | spaced | warm | Try it for thirty nights with Cloudmere
Linden & Loom | 1.45 | LL-###@ | word | warm | Woven by Linden & Loom in a mill on a river
Softwell | 0.68 | SW##### | tight | terse | Softwell essentials
Harrowby Mills | 1.15 | HM-#### | dash | plain | Harrowby Mills certifies every dye lot
Fennick | 0.80 | FN#### | spaced | plain | Fennick cuts wardrobe basics that last
Aldersea | 1.25 | AS-###-@ | spaced | warm | Aldersea makes clothes for windy coasts
Northpike | 1.45 | NP#### | word | warm | Northpike repairs seams and zippers free for life
Tamble | 0.62 | T##### | tight | terse | Tamble, low prices every day
Marlowe Street | 1.05 | MS-#### | spaced | plain | Marlowe Street, fitted in the city
Ravenscar | 1.35 | RV### | spaced | warm | Ravenscar spins its own yarn
Strydon | 1.00 | STR-###@ | tight | plain | Strydon tests every sole over 500 miles
Pacewell | 1.20 | PW@#### | spaced | plain | Pacewell lasts come in three widths
Cobblewick | 1.35 | CW-### | word | warm | Cobblewick can resole what it sells
Pipkin Lane | 1.00 | PL#### | word | warm | Real families try Pipkin Lane things first
Tumbletoft | 0.80 | TT-#### | tight | plain | Tumbletoft meets every toy safety rule we know of
Little Osprey | 1.35 | LO###@ | spaced | warm | Little Osprey gear is made to be handed down
Brickadoo | 1.10 | BRK#### | dash | plain | All Brickadoo sets fit together
Nettlebear | 0.90 | NB-### | word | warm | Nettlebear gives one toy in ten to children's wards
Voxarra | 1.25 | VX-@## | spaced | plain | Voxarra updates its firmware for five years
Soundry | 1.50 | SND### | spaced | warm | Tuned by ear at Soundry
Nuvanta | 1.00 | NV####@ | tight | plain | Nuvanta, 24-month warranty
Kitewave | 0.85 | KW-### | dash | plain | Kitewave ships without single-use plastic
Pluglet | 0.60 | PG##### | tight | terse | Pluglet, 18-month replacement
Greenholt | 1.00 | GH-#### | spaced | plain | Greenholt spare parts stay in stock for ten years
Thornapple | 1.20 | TA### | word | warm | Thornapple grows what it makes tools for
Moss & Spade | 1.40 | MSP#### | word | warm | Moss & Spade hand-finishes every tool and pot
Yardling | 0.65 | YD#### | tight | terse | Yardling, easy gardens for less
Cairnfell | 1.30 | CF-###@ | spaced | warm | Cairnfell tests on the hill behind its workshop
Trailmoss | 0.80 | TM#### | tight | plain | Trailmoss makes first kits for new campers
Corepoint | 0.90 | CP-#### | tight | terse | Corepoint, train anywhere
Velotarn | 1.10 | VT###-@ | spaced | plain | Velotarn is run by people who ride to work
Barkridge | 1.05 | BR-#### | word | warm | Barkridge asks six very different dogs first
Whiskerby | 1.15 | WB### | spaced | warm | Whiskerby replaces worn parts at cost
Pawtern | 0.70 | PT##### | tight | terse | Pawtern pet basics
Quillmark | 1.20 | QM-### | spaced | plain | Quillmark papers come from certified forests
Deskery | 0.75 | DK#### | tight | terse | Deskery, supplies by the carton
Inkwell & Ash | 1.60 | IA-##@ | word | warm | Inkwell & Ash binds and finishes by hand
Papyrine | 0.85 | PY#### | dash | plain | Papyrine is carbon neutral since 2019
Lumenfold | 1.25 | LF-### | spaced | warm | Lumenfold shades are folded from a single sheet
Brightwick | 0.75 | BK#### | tight | terse | Brightwick, light for less
Glimmerton | 1.00 | GL-###@ | dash | plain | Glimmerton checks its lights one by one
Sudsbury | 0.90 | SB-### | other | plain | Sudsbury brews in small vats without dyes
Freshacre | 1.15 | FA#### | word | warm | Freshacre refills come in paper
Binworth | 1.05 | BN-#### | spaced | plain | Binworth hinges carry a ten-year guarantee
Tidewell | 0.68 | TD#### | tight | terse | Tidewell, clean for less
"""


def _read(line: str) -> Brand:
    name, factor, mpn, units, voice, about = (part.strip() for part in line.split("|"))
    return Brand(name, float(factor), mpn, units, voice, about)


BRANDS: tuple[Brand, ...] = tuple(_read(line) for line in _TABLE.strip().splitlines())
BY_NAME = {brand.name: brand for brand in BRANDS}
