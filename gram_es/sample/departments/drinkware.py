"""Bottles and mugs."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "water bottle",
        path="Kitchen & Dining > Drinkware > Water Bottles",
        nouns="water bottle | insulated water bottle | water bottle",
        brands="Trailmoss | Pottern & Pike | Corepoint | Northpike",
        lines="Spring | Stall | Sip | Tarn | Spring Two | Brook | Sip Pro",
        builds="""
            12 | capacity=500 ml; material=plastic | gym-drink | sports bottle / water bottle /
                squeeze bottle
            15 | capacity=750 ml; material=plastic | gym-drink | sports bottle / water bottle
            22 | capacity=500 ml; material=stainless steel | keep-drinks-cold
            27 | capacity=750 ml; material=stainless steel | keep-drinks-cold
            34 | capacity=1 L; material=stainless steel | keep-drinks-cold
            42 | capacity=2 L; material=stainless steel | keep-drinks-cold | insulated jug /
                large insulated water bottle
            18 | capacity=350 ml; material=stainless steel; age_group=kids | school-drink |
                kids' water bottle / children's water bottle
            19 | capacity=500 ml; material=glass | desk-drink | glass water bottle
        """,
        options="""
            color: black | white | blue | navy | green | pink | teal
            lid: straw lid | screw cap | flip spout | loop cap
        """,
        varies="color build",
        titles="""
            {brand} {line} {noun} {capacity}[, {color}]
            {noun} {capacity} {color}[ w/ {lid}]
            {capacity} {material} {noun} - {color}
            {brand} {noun}, {material}, {capacity}
            {line} {capacity} {noun}[ ({lid})][ {color}]
            {brand} {line} {color}[ {lid}] {capacity} bottle
        """,
        pitches="""
            Fits cup holders and the side pocket of a daypack
            The {lid} opens with one hand and does not leak
            {capacity} in {color}
            Wide mouth for ice cubes, narrow enough to drink from
        """,
        features="""double-wall vacuum build @material=stainless steel | free of BPA |
            carry loop | powder-coat grip @material=stainless steel |
            wide mouth | silicone boot @material=glass | leakproof seal""",
        uses="""
            gym-drink: training and team sports
            keep-drinks-cold: keeping water icy for a full day outdoors
            school-drink: school lunches and day trips
            desk-drink: sipping through the workday
        """,
        care="Rinse after each use and dry with the lid off",
        count=37,
    ),
    product_type(
        "travel mug",
        path="Kitchen & Dining > Drinkware > Travel Mugs",
        nouns="travel mug | insulated travel mug | commuter mug",
        brands="Pottern & Pike | Trailmoss | Oveno",
        lines="Stall | Spring | Basics | Commute | Dawn",
        builds="""
            14 | capacity=350 ml; material=plastic
            22 | capacity=350 ml; material=stainless steel | keep-coffee-hot
            27 | capacity=475 ml; material=stainless steel | keep-coffee-hot
            33 | capacity=600 ml; material=stainless steel | keep-coffee-hot
            25 | capacity=350 ml; material=ceramic-lined steel | keep-coffee-hot
        """,
        options="""
            color: black | white | green | red | navy | cream
            lid: slide lid | push-button lid | screw lid
        """,
        varies="color",
        titles="""
            {brand} {noun} {capacity}, {color}
            {line} {noun} - {color}[ {capacity}]
            {capacity} {material} {noun}[ with {lid}]
            {brand} {line} {capacity} mug, {lid}[, {color}]
            {noun} {color} {capacity}[ {brand}]
        """,
        pitches="""
            Hot at the start of the commute, hot at the end @material!=plastic
            The {lid} locks, so it can ride in a bag
            Slim enough for the machine at the corner cafe
        """,
        features="""fits most cup holders | tea hook | non-slip base |
            lid comes apart for cleaning |
            vacuum insulated walls @material!=plastic""",
        uses="""
            commute-drink: coffee on the train or in the car
            keep-coffee-hot: keeping coffee hot until lunch
        """,
        care="Lid in the dishwasher, body by hand",
        count=25,
    ),
)
