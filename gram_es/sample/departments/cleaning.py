"""Cleaning and laundry."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "trash can",
        path="Cleaning & Laundry > Waste > Trash Cans",
        nouns="trash can | kitchen trash can | step trash can",
        brands="Binworth | Tidewell | Halvex",
        lines="Verso | Basic Toss | Halo | Verso Slim | Tessa",
        builds="""
            19 | capacity=3 gal; opening=open top | bathroom-waste | small trash can /
                bathroom trash can
            49 | capacity=8 gal; opening=step pedal | kitchen-waste
            89 | capacity=13 gal; opening=step pedal | kitchen-waste
            119 | capacity=13 gal; opening=motion sensor | kitchen-waste | touchless trash can /
                sensor trash can
            129 | capacity=16 gal; opening=step pedal; compartments=2 compartments |
                sort-recycling | dual trash can / recycling trash can
            59 | capacity=32 gal; opening=lift lid; place=outdoor | yard-waste | outdoor trash can
        """,
        options="""
            material: stainless steel | plastic | painted steel
            color: silver | white | black | gray
        """,
        varies="color",
        titles="""
            {brand} {capacity} {noun}[, {color}]
            {noun} {capacity} {opening} - {material}
            {material} {noun} {capacity}[ {brand}]
            {line} {noun} ({capacity}, {color})
            {color} {noun} {model}[ with {compartments}]
        """,
        pitches="""
            {capacity} behind a lid that closes without a bang @opening!=open top
            {opening}: no hands on the lid @opening=step pedal,motion sensor
            {material} that wipes clean
        """,
        features="""soft-close lid @opening!=open top | hidden bag ring | odor filter |
            lift-out bucket |
            non-slip base | fingerprint-proof finish""",
        uses="""
            bathroom-waste: under a bathroom sink
            kitchen-waste: a busy kitchen
            sort-recycling: sorting paper from glass
            yard-waste: leaves and clippings
        """,
        count=25,
    ),
    product_type(
        "trash bags",
        path="Cleaning & Laundry > Waste > Trash Bags",
        nouns="trash bags | kitchen trash bags | trash bags",
        brands="Tidewell | Binworth | Freshacre",
        lines="Basic Toss | Verso | Meadowsweet | Strong | Verso Fit",
        builds="""
            6 | capacity=4 gal; pack=60 pack | bathroom-waste | small trash bags
            11 | capacity=13 gal; pack=50 pack | kitchen-waste
            19 | capacity=13 gal; pack=120 pack | kitchen-waste
            17 | capacity=33 gal; pack=40 pack | yard-waste | large trash bags / lawn bags
            22 | capacity=42 gal; pack=20 pack | renovation-debris | contractor bags /
                heavy-duty trash bags
            9 | capacity=3 gal; pack=50 pack; material=compostable | food-scraps |
                compostable bags / compost bags
        """,
        options="tie: drawstring | flap tie | twist tie\nscent: unscented | lemon | unscented",
        titles="""
            {brand} {capacity} {noun}, {pack}
            {noun} {capacity} ({pack})[ {tie}]
            {tie} {noun} {capacity}[ - {scent}]
            {line} {noun} {pack} {brand}
        """,
        pitches="""
            Stretch before they tear @!material
            {capacity}, {pack}, {tie}
            A star seal at the bottom keeps leaks in
        """,
        features="""star-sealed base | puncture resistant | recycled plastic @!material |
            pull-through carton | odor control""",
        uses="""
            kitchen-waste: the kitchen can
            bathroom-waste: small cans
            yard-waste: leaves and branches
            renovation-debris: plaster and tile
            food-scraps: food scraps
        """,
        count=21,
    ),
    product_type(
        "mop",
        path="Cleaning & Laundry > Floor Cleaning > Mops",
        nouns="mop | floor mop | mop",
        brands="Tidewell | Freshacre | Halvex | Brevo Home",
        lines="Basic Swish | Meadow Clean | Cyclo Wet | Quick | Swirl",
        builds="""
            15 | type=flat; head=microfiber | clean-wood-floor | flat mop / microfiber mop
            35 | type=spin; head=microfiber | clean-tile | spin mop / spin mop and bucket
            12 | type=string; head=cotton | clean-tile | string mop / cotton mop
            25 | type=spray; head=microfiber | clean-wood-floor | spray mop
            99 | type=steam; head=microfiber; power=1300 W | sanitize-floor, clean-tile | steam mop
        """,
        options="color: blue | gray | green | white\nrefills: one pad | two pads | four pads",
        titles="""
            {brand} {noun} with {refills}
            {noun} {head}[ - {color}]
            {line} {noun}[ {color}] {brand}
            {type} mop, {head}, {refills}
            {brand} {line} {noun} {power} {model}
        """,
        pitches="""
            Turns at the wrist and lies flat under cabinets
            A {head} head that lifts what brooms push around
            Dry floors in two minutes
        """,
        features="""telescopic handle | washable pads @head=microfiber | swivel head |
            hands-free wringer @type=spin |
            scrub strip | hanging loop""",
        uses="""
            clean-wood-floor: wood and laminate
            clean-tile: tile and stone
            sanitize-floor: germs without chemicals
        """,
        care="Pads wash at 140 F @head=microfiber",
        count=21,
    ),
    product_type(
        "laundry detergent",
        path="Cleaning & Laundry > Laundry > Detergents",
        nouns="laundry detergent | liquid laundry detergent | detergent",
        brands="Sudsbury | Freshacre | Tidewell",
        lines="Vat No. 4 | Meadowsweet | Basic Fresh | Vat Zero | Meadow Clean",
        builds="""
            9 | form=liquid; washes=32 load | wash-clothes
            17 | form=liquid; washes=96 load | wash-clothes
            14 | form=pods; washes=42 load | wash-clothes | laundry pods / detergent pods
            12 | form=sheets; washes=60 load | wash-clothes, less-waste | laundry sheets /
                detergent sheets
            13 | form=liquid; washes=50 load; skin=sensitive | sensitive-skin, wash-clothes |
                sensitive laundry detergent / baby laundry detergent
            15 | form=liquid; washes=30 load; fabric=wool and silk | wash-delicates |
                wool detergent / delicate detergent
        """,
        options="scent: unscented | lavender | fresh linen | citrus",
        varies="scent",
        titles="""
            {brand} {noun} {scent}, {washes}
            {noun} {washes}[ - {scent}]
            {scent} {noun} ({washes}) {brand}
            {line} {form} {noun}, {scent}
            {brand} {line} {noun}[ {skin}] {washes}
        """,
        pitches="""
            Lifts grass and gravy, also in cold water
            {scent}, from plants and nothing else
            {washes} in one bottle you can refill @form=liquid
        """,
        features="""works in cold water | safe for septic tanks | no optical brighteners |
            measuring cap @form=liquid | recycled bottle @form=liquid""",
        uses="""
            wash-clothes: the weekly wash
            sensitive-skin: babies and sensitive skin
            wash-delicates: wool, silk and lace
            less-waste: homes that avoid plastic
        """,
        count=23,
    ),
    product_type(
        "laundry basket",
        path="Cleaning & Laundry > Laundry > Laundry Baskets",
        nouns="laundry basket | laundry basket | woven laundry basket",
        brands="Binworth | Tidewell | Linden & Loom",
        lines="Heap | Basic Heap | Millrace | Heap Two | Willow",
        builds="""
            14 | capacity=40 L; material=plastic | carry-laundry
            29 | capacity=65 L; material=cotton rope | dirty-clothes
            45 | capacity=75 L; material=bamboo; lid=with lid | dirty-clothes
            39 | capacity=110 L; material=polyester; compartments=3 compartments | sort-laundry |
                laundry sorter / divided laundry basket
            22 | capacity=45 L; material=silicone; fold=collapsible |
                carry-laundry, small-laundry-room | collapsible laundry basket
        """,
        options="color: gray | white | beige | navy",
        varies="color",
        titles="""
            {brand} {noun} {capacity}, {color}
            {material} {noun}[ {lid}] - {color}
            {color} {noun} {capacity}[ {brand}]
            {line} {fold} {noun}
            {brand} {line} {material} {noun}[ {compartments}]
        """,
        pitches="""
            {capacity}, about two loads
            {material} that stands up when empty
            Handles that do not cut into fingers
        """,
        features="""removable liner | rope handles | breathable weave | folds flat |
            wheels @compartments""",
        uses="""
            dirty-clothes: clothes waiting for wash day
            carry-laundry: the trip to the washing machine
            sort-laundry: sorting lights from darks
            small-laundry-room: narrow utility rooms
        """,
        count=21,
    ),
    product_type(
        "drying rack",
        path="Cleaning & Laundry > Laundry > Drying Racks",
        nouns="drying rack | clothes drying rack | folding drying rack",
        brands="Tidewell | Norrsund | Binworth",
        lines="Basic Hang | Lunde | Heap | Line | Vik",
        builds="""
            25 | space=30 ft; material=steel | dry-clothes-indoors
            39 | space=60 ft; material=aluminum | dry-clothes-indoors
            55 | space=65 ft; material=beech | dry-clothes-indoors | wooden drying rack
            35 | space=24 ft; material=steel; mount=wall mounted |
                small-laundry-room, dry-clothes-indoors | wall drying rack
            129 | space=50 ft; material=aluminum; power=300 W | dry-fast-winter | heated drying rack
            49 | space=130 ft; material=steel; place=outdoor | dry-outdoors |
                outdoor clothesline / rotary clothesline
        """,
        options="color: white | gray | natural",
        titles="""
            {brand} {noun}, {space}
            {noun} {material}[ - {color}][ {mount}]
            {line} {noun} ({space})[ {brand}]
            {material} {noun} {space} {model}
        """,
        pitches="""
            {space} of hanging room that folds to two inches
            {material} that does not mark wet shirts
            Stands firm under a full wash
        """,
        features="""fold-flat frame | sock clips | locking wings | non-slip feet | casters""",
        uses="""
            dry-clothes-indoors: drying indoors without a machine
            small-laundry-room: rooms with no floor space
            dry-fast-winter: dry shirts on damp days
            dry-outdoors: sheets in the sun
        """,
        count=21,
    ),
)
