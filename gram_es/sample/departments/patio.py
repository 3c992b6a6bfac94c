"""Patio."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "patio umbrella",
        path="Garden > Patio > Umbrellas",
        nouns="patio umbrella | outdoor umbrella | market umbrella",
        brands="Greenholt | Velmere | Yardling",
        lines="Terrace | Milano | Trim | Meadow | Sienna",
        builds="""
            59 | size=7.5 ft; shape=round | shade-table
            79 | size=9 ft; shape=round | shade-table
            189 | size=10 ft; shape=square; base=offset | shade-lounge | cantilever umbrella /
                offset patio umbrella
            119 | size=10 ft; shape=rectangular | shade-table
            35 | size=6.5 ft; shape=round; base=sand anchor | beach-day | beach umbrella
        """,
        options="""
            color: beige | navy | red | green | gray
            fabric: polyester | olefin | solution-dyed acrylic
        """,
        varies="color",
        titles="""
            {brand} {size} {noun}, {color}
            {noun} {size}[ {shape}] - {color}
            {line} {color} {noun}[ ({size})]
            {size} {shape} {noun} in {fabric}
        """,
        pitches="""
            {size} of shade from a crank that a child can turn @base!=sand anchor
            {fabric} that keeps its color for years
            Tilts after the sun
        """,
        features="""crank lift @base!=sand anchor | push-button tilt | wind vent |
            eight steel ribs @base!=sand anchor | tie strap |
            storage cover @base!=sand anchor""",
        uses="""
            shade-table: lunch outdoors at noon
            shade-lounge: a shady corner by the pool
            beach-day: a day at the sea
        """,
        care="Close it in wind and bring it in for winter",
        count=23,
    ),
    product_type(
        "grill",
        path="Garden > Patio > Grills",
        nouns="grill | outdoor grill | grill",
        brands="Ironmoor | Greenholt | Yardling",
        lines="Ember | Terrace | Trim | Forge | Backyard",
        builds="""
            49 | fuel=charcoal; area=150 sq in | picnic-cooking | portable charcoal grill /
                tabletop grill
            129 | fuel=charcoal; area=360 sq in | cook-outdoors | charcoal grill / kettle grill
            249 | fuel=propane; area=400 sq in; burners=3 burners | cook-outdoors | gas grill /
                propane grill
            399 | fuel=propane; area=550 sq in; burners=4 burners | cook-outdoors | gas grill /
                4-burner gas grill
            499 | fuel=wood pellets; area=700 sq in | smoke-meat | pellet grill / smoker grill
            119 | fuel=electric; area=200 sq in | balcony-cooking | electric grill /
                indoor-outdoor electric grill
        """,
        options="color: black | silver | red | green",
        titles="""
            {brand} {line} {noun}, {area}
            {noun} {burners}[ - {color}]
            {fuel} grill {area}[ {line}]
            {brand} {noun} {model}[ {color}]
            {color} {noun} by {brand}[, {burners}]
        """,
        pitches="""
            {area} of cooking space, enough for a crowd
            {fuel} heat with a lid that seals
            Lights at the first click and holds its heat @fuel=propane
        """,
        features="""porcelain grates | lid thermometer | folding side shelves |
            ash catcher @fuel=charcoal,wood pellets |
            grease tray @fuel=propane,electric |
            warming rack | all-weather wheels @fuel!=electric""",
        uses="""
            cook-outdoors: burgers and steaks on a Saturday
            picnic-cooking: tailgates and picnics
            smoke-meat: smoking ribs low and slow
            balcony-cooking: balconies where flames are not allowed
        """,
        care="Brush the grates while warm",
        count=25,
    ),
)
