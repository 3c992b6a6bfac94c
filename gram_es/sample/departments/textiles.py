"""Bath and window textiles, and rugs."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "bath towel",
        path="Bed & Bath > Bath > Towels",
        nouns="bath towel | bath towels | towel set | towel",
        brands="Linden & Loom | Softwell | Harrowby Mills",
        lines="Millrace | Essentials | Spa | Stonewash | Everyday | Hamam",
        builds="""
            12 | size=27 x 52 in; material=cotton | | bath towel / towel
            18 | size=30 x 58 in; material=organic cotton | | bath towel
            29 | size=35 x 65 in; material=cotton | | bath sheet / oversized bath towel
            39 | pack=6 pack; material=cotton | | towel set / bath towel set
            14 | size=30 x 60 in; material=microfiber | dry-off-gym | quick-dry towel / travel towel
            24 | size=40 x 70 in; material=cotton | beach-day | beach towel / striped beach towel
        """,
        options="color: white | gray | navy | teal | pink | beige | green",
        varies="color",
        titles="""
            {brand} {noun} {size}, {color}
            {color} {material} {noun}[ {pack}]
            {line} {noun}[ - {color}][ {size}]
            {noun} {pack} {color}
            {brand} {line} {material} {noun} ({color})
        """,
        pitches="""
            Thick loops drink up water from the first wash
            {material} in {color}, dyed to stay that way
            Dries overnight on the rail
        """,
        features="""double-turned hems | hanging loop | lint-free from the second wash |
            600 gsm weight | certified dyes""",
        uses="""
            after-shower: drying off after a shower
            dry-off-gym: the gym bag and the pool
            beach-day: lying on the sand
        """,
        care="Skip fabric softener; it seals the loops",
        count=27,
    ),
    product_type(
        "shower curtain",
        path="Bed & Bath > Bath > Shower Curtains",
        nouns="shower curtain | shower curtain | fabric shower curtain",
        brands="Softwell | Harrowby Mills | Tindleware",
        lines="Essentials | Spa | Splash | Everyday | Botanic",
        builds="""
            12 | size=72 x 72 in; material=PEVA | waterproof-bath | shower curtain liner /
                clear shower liner
            22 | size=72 x 72 in; material=polyester
            28 | size=72 x 84 in; material=polyester | | extra long shower curtain
            39 | size=72 x 72 in; material=cotton | | waffle shower curtain
        """,
        options="""
            pattern: plain | botanical | striped | geometric
            color: white | gray | navy | green | beige
        """,
        varies="color",
        titles="""
            {brand} {pattern} {noun} {size}
            {noun} {size}, {color}[ {pattern}]
            {color} {noun}[ - {material}]
            {line} {noun}, {pattern} {color}[ with hooks]
        """,
        pitches="""
            Weighted hem that stays where it hangs
            {pattern} print in {color}
            Water beads and rolls off
        """,
        features="""rust-proof grommets | magnets in the hem | twelve hooks included |
            mildew-resistant |
            no plastic smell""",
        uses="""
            waterproof-bath: keeping the bathroom floor dry
        """,
        care="Machine wash with two towels and hang back up wet",
        count=21,
    ),
    product_type(
        "window curtains",
        path="Home Decor > Window Treatments > Curtains",
        nouns="curtains | curtain panels | window curtains",
        brands="Linden & Loom | Harrowby Mills | Softwell",
        lines="Millrace | Spa | Essentials | Dusk | Meadow | Stonewash",
        builds="""
            24 | size=52 x 63 in; opacity=light filtering
            29 | size=52 x 84 in; opacity=light filtering
            35 | size=52 x 84 in; opacity=blackout | darken-bedroom | blackout curtains /
                blackout curtain panels
            39 | size=52 x 95 in; opacity=blackout | darken-bedroom | blackout curtains
            45 | size=52 x 84 in; opacity=thermal | cold-windows, darken-bedroom |
                thermal curtains / insulated curtains
            19 | size=52 x 84 in; opacity=sheer | | sheer curtains / voile panels
        """,
        options="color: gray | white | navy | beige | green | burgundy\npanels: 2 panels | 1 panel",
        varies="color build",
        titles="""
            {brand} {opacity} curtains {size}[, {color}]
            {noun} - {color}, {panels}, {size}
            {color} {noun}[ {panels}]
            {line} {noun} {size}
            {brand} {line} {noun} in {color}[ ({opacity})]
        """,
        pitches="""
            {opacity} fabric that hangs in even folds
            {panels} of {size} in {color}
            Softens a room and takes the edge off street noise
        """,
        features="""grommet top | rod pocket and back tabs | weighted corners | matching tiebacks |
            triple-weave cloth""",
        uses="""
            darken-bedroom: sleeping past sunrise
            cold-windows: windows that let the cold in
            privacy: keeping neighbors from looking in
        """,
        care="Machine wash cold; iron low while damp",
        count=29,
    ),
    product_type(
        "area rug",
        path="Home Decor > Rugs > Area Rugs",
        nouns="area rug | rug | area rug",
        brands="Linden & Loom | Velmere | Softwell",
        lines="Marrakesh | Sienna | Essentials | Dune | Fjord | Meander",
        builds="""
            39 | size=3 x 5 ft; material=polypropylene
            99 | size=5 x 8 ft; material=polypropylene
            169 | size=8 x 10 ft; material=polypropylene
            249 | size=5 x 8 ft; material=wool | warm-floor
            449 | size=8 x 10 ft; material=wool | warm-floor
            79 | size=5 x 7 ft; material=jute | | jute rug / natural fiber rug
            59 | size=2 x 8 ft; material=polypropylene | hallway-floor | runner rug / hallway runner
            45 | size=5 x 7 ft; material=polypropylene; place=outdoor | patio-floor | outdoor rug
        """,
        options="""
            pattern: Persian | geometric | plain | abstract | striped
            color: gray | blue | red | beige | cream | green
        """,
        varies="build color",
        titles="""
            {brand} {pattern} {noun} {size}
            {noun} {size}, {color}[ {pattern}][ {material}]
            {material} {noun}[ - {color}] {size}
            {line} {pattern} rug, {color}, {size}
            {size} {noun} {color} by {brand}
        """,
        pitches="""
            A {pattern} design in {color} that grounds the room
            Low pile, so doors swing over it
            {material}, shed-free and easy underfoot
        """,
        features="""non-slip backing | low pile | hand-knotted fringe @material=wool |
            stain-resistant yarn | reversible weave |
            washable in a home machine @material=polypropylene""",
        uses="""
            warm-floor: warming up a cold floor
            hallway-floor: hallways and galley kitchens
            patio-floor: decks and patios
        """,
        care="Turn it twice a year so that it wears evenly",
        count=33,
    ),
)
