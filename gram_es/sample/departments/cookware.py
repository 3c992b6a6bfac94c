"""Cookware, knives and storage."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "frying pan",
        path="Kitchen & Dining > Cookware > Frying Pans",
        nouns="frying pan | fry pan | nonstick frying pan | frying pan",
        brands="Calderay | Tindleware | Saltmarsh | Oveno",
        lines="Ember | Daily | Hearth | Basics | Ember Pro | Daily Plus | Forged",
        builds="""
            19 | size=8 in; material=aluminum; coating=ceramic nonstick | fry-eggs
            26 | size=10 in; material=aluminum; coating=nonstick | fry-eggs
            34 | size=12 in; material=aluminum; coating=nonstick | fry-eggs
            39 | size=10 in; material=cast iron | sear-steak | cast iron pan / cast iron frying pan
            49 | size=12 in; material=cast iron | sear-steak | cast iron pan / cast iron frying pan
            59 | size=10 in; material=stainless steel | sear-steak | tri-ply frying pan /
                stainless frying pan
            72 | size=12 in; material=stainless steel | sear-steak | tri-ply frying pan /
                clad frying pan
            45 | size=11 in; material=carbon steel | sear-steak | carbon steel pan /
                carbon steel frying pan
        """,
        options="""
            lid: glass lid | no lid | no lid
            stove: induction ready | gas and electric | induction ready
        """,
        titles="""
            {brand} {line} {size} {noun}
            {noun} {size}[, {material}][, {stove}][ - {brand}]
            {brand} {material} {noun}, {size}[ with {lid}]
            {line} {noun} {size} {coating}
            {size} {noun}[, {coating}][ | {stove}]
            {brand} {model} {line} {noun}[ {size}]
        """,
        pitches="""
            Heats evenly to the rim, so the edges brown with the middle
            {size} of {material} that moves from stove to oven
            Omelets slide out and the wash-up is a wipe @coating
            Wide base, flared sides and a handle that stays cool @material=stainless steel,aluminum
        """,
        features="""riveted handle | pour lips on both sides | oven safe to 450 F |
            free of PFOA @coating | helper handle | hanging loop |
            encapsulated base @material=stainless steel""",
        uses="""
            fry-eggs: eggs, crepes and fish that must not stick
            sear-steak: searing steaks and getting a real crust
        """,
        care="""
            Hand wash and rub with a little oil @material=cast iron,carbon steel
            Let it cool before washing; use wooden or silicone tools @coating
            A paste of baking soda brings back the shine @material=stainless steel
        """,
        count=37,
    ),
    product_type(
        "dutch oven",
        path="Kitchen & Dining > Cookware > Dutch Ovens",
        nouns="Dutch oven | enameled Dutch oven | round Dutch oven",
        brands="Calderay | Saltmarsh | Tindleware",
        lines="Ember | Hearth | Daily | Ember Heritage | Forged",
        builds="""
            69 | capacity=3 qt; material=enameled cast iron | bake-bread
            99 | capacity=5 qt; material=enameled cast iron | bake-bread, slow-braise
            129 | capacity=7 qt; material=enameled cast iron | slow-braise
            55 | capacity=6 qt; material=bare cast iron; color=black | campfire | camp Dutch oven /
                bare cast iron Dutch oven
            119 | capacity=6 qt; material=enameled cast iron; shape=oval | slow-braise |
                oval Dutch oven
        """,
        options="color: red | blue | cream | teal | orange | gray",
        varies="color",
        titles="""
            {brand} {line} {capacity} {noun}, {color}
            {noun} {capacity} - {color}[ {material}]
            {color} {material} {noun}[ {capacity}]
            {brand} {noun}[ {model}], {capacity}[, {color}]
            {line} {noun} by {brand} ({capacity}, {color})
        """,
        pitches="""
            Heavy {material} holds a low simmer for hours
            The tight lid drips moisture back onto the meat
            {capacity}: enough for a stew with leftovers
            From stove to oven to table
        """,
        features="""self-basting bumps under the lid | steel knob safe to 500 F |
            wide loop handles |
            light interior that shows browning @material=enameled cast iron |
            chip-resistant enamel @material=enameled cast iron""",
        uses="""
            bake-bread: crusty no-knead loaves
            slow-braise: short ribs, stews and Sunday roasts
            campfire: cooking over coals
        """,
        care="Warm it slowly, and never put it hot into cold water",
    ),
    product_type(
        "chef's knife",
        path="Kitchen & Dining > Cutlery > Kitchen Knives",
        nouns="chef's knife | chef knife | cook's knife | kitchen knife",
        brands="Calderay | Pottern & Pike | Oveno | Saltmarsh",
        lines="Keen | Market | Basics | Tideline | Keen Master | Stall",
        builds="""
            24 | blade=6 in; steel=German steel | chop-vegetables
            39 | blade=8 in; steel=German steel | chop-vegetables
            49 | blade=10 in; steel=German steel | carve-roast
            89 | blade=8 in; steel=Damascus steel | chop-vegetables | gyuto / chef's knife
            45 | blade=7 in; steel=Japanese steel | chop-vegetables | santoku / santoku knife
            15 | blade=4 in; steel=German steel | peel-fruit | paring knife
            29 | blade=8 in; steel=German steel; edge=serrated | slice-bread | bread knife /
                serrated bread knife
            99 | blade=8 in; steel=German steel; pieces=6 piece | chop-vegetables |
                knife block set / kitchen knife set
        """,
        options="handle: pakkawood | black polymer | olive wood | walnut",
        titles="""
            {brand} {line} {blade} {noun}
            {noun} {blade}, {steel}[, {handle} handle]
            {brand} {noun} - {steel} {blade}
            {blade} {noun}[ with {handle} handle] {model}
            {line} {handle} {noun}[ ({blade})][ {brand}]
        """,
        pitches="""
            Full tang, {steel} and a 15 degree edge
            Rocks through herbs and glides through squash @!edge
            {handle} scales shaped for a pinch grip
        """,
        features="""full tang | hand-honed edge | granton dimples | bolster polished for comfort |
            edge guard included | gift carton""",
        uses="""
            chop-vegetables: dicing onions and mincing herbs
            carve-roast: carving roasts and large melons
            peel-fruit: peeling and trimming fruit
            slice-bread: slicing crusty loaves and tomatoes
        """,
        care="Wash by hand and hone weekly",
        count=29,
    ),
    product_type(
        "cutting board",
        path="Kitchen & Dining > Food Prep > Cutting Boards",
        nouns="cutting board | cutting board | carving board",
        brands="Saltmarsh | Pottern & Pike | Oveno | Tindleware",
        lines="Tideline | Market | Basics | Daily | Butcher | Stall",
        builds="""
            14 | material=bamboo; size=9 x 12 in
            24 | material=bamboo; size=12 x 18 in
            69 | material=walnut; size=12 x 18 in
            89 | material=acacia; size=14 x 20 in; grain=end grain
            12 | material=plastic; size=10 x 15 in | raw-meat
            22 | material=plastic; pack=3 pack | raw-meat | cutting board set /
                color-coded cutting boards
            16 | material=plastic; size=11 x 14 in; style=flexible; groove=flat face | raw-meat |
            flexible cutting mat
        """,
        options="groove: juice groove | flat face | juice groove",
        titles="""
            {brand} {material} {noun} {size}
            {noun}, {material}[ with {groove}][ - {size}]
            {brand} {line} {noun}[ ({grain} {material})]
            {material} {noun}[ {size}], {groove}
            {line} {material} {noun} {pack}
        """,
        pitches="""
            Kind to blades, steady on the counter
            Solid {material} with a {groove}
            Flip it over for serving cheese
        """,
        features="""rubber feet | finger grips on both ends | rounded corners | hanging hole |
            oiled by hand @material=walnut,acacia,bamboo | dishwasher safe @material=plastic""",
        uses="""
            prep-food: slicing vegetables and fruit
            raw-meat: keeping raw meat and fish apart from the rest
        """,
        care="Oil wooden boards once a month @material=walnut,acacia,bamboo",
        count=25,
    ),
    product_type(
        "food storage container",
        path="Kitchen & Dining > Storage > Food Containers",
        nouns="""
            food storage containers | food containers | food storage container set |
                meal prep containers
        """,
        brands="Tindleware | Oveno | Pottern & Pike",
        lines="Snap | Basics | Pantry | Daily | Clip | Stack",
        builds="""
            16 | material=plastic; pack=10 pack | leftovers
            29 | material=glass; pack=5 pack | leftovers, reheat-lunch
            39 | material=glass; pack=10 pack | leftovers, reheat-lunch
            27 | material=glass; pack=5 pack; compartments=2 compartments | reheat-lunch |
                glass meal prep containers / divided food containers
            35 | material=plastic; pack=7 pack | dry-goods | pantry canisters /
                airtight cereal containers
            19 | material=stainless steel; pack=3 pack | reheat-lunch | steel food containers /
                bento containers
        """,
        options="lid: snap lids | bamboo lids | vented lids | locking lids",
        titles="""
            {brand} {material} {noun}, {pack}
            {noun} with {lid} - {material} ({pack})
            {brand} {line} {noun} {pack}[ {lid}]
            {pack} {noun}, {material}
            {line} {noun}[ in {material}][, {lid}]
        """,
        pitches="""
            Four-sided {lid} keep soup where it belongs
            {material} that goes from freezer to microwave @material=glass,plastic
            The sizes nest, so {pack} take the room of one
        """,
        features="""silicone seals | measurement marks | stain-proof walls | lids that interchange |
            freezer safe | stackable shape""",
        uses="""
            leftovers: keeping leftovers fresh in the fridge
            reheat-lunch: taking lunch to work
            dry-goods: flour, pasta and cereal
        """,
        care="Top rack of the dishwasher; take lids off before reheating",
        count=25,
    ),
)
