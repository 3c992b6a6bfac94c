"""Toys."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "plush toy",
        path="Baby & Toys > Toys > Plush Animals",
        nouns="plush toy | stuffed animal | plush | soft toy",
        brands="Nettlebear | Pipkin Lane | Tumbletoft",
        lines="Forest Friends | Story | Softies | Hug | Meadow Friends | Big Softies",
        builds="""
            12 | height=8 in; animal=bear
            19 | height=12 in; animal=bear
            49 | height=30 in; animal=bear | big-gift | giant plush / giant stuffed animal
            14 | height=9 in; animal=rabbit
            16 | height=11 in; animal=elephant
            15 | height=10 in; animal=fox
            18 | height=13 in; animal=dinosaur
            22 | height=12 in; animal=sloth; weight=2 lb | calm-child | weighted plush /
                weighted stuffed animal
        """,
        options="""
            color: brown | gray | pink | cream | green
            age: from birth | 12 months and up | 3 years and up
        """,
        titles="""
            {brand} {animal} {noun} {height}
            {line} {animal}, {color}[ {height}]
            {animal} {noun} - {height}[, {color}][ {brand}]
            {height} {color} {animal} {noun}
            {brand} {line} {noun} {animal}[ {model}]
        """,
        pitches="""
            Floppy ears, bean-filled paws and a very hugged look
            A {animal} in {color}, safe {age}
            Embroidered eyes and double seams
        """,
        features="""embroidered eyes | machine washable | recycled stuffing | bean-filled paws |
            storybook included""",
        uses="""
            bedtime-friend: bedtime and long car rides
            big-gift: a gift that makes an entrance
            calm-child: children who calm down under a little weight
        """,
        care="Cold wash in a pillowcase; air dry",
        count=27,
    ),
    product_type(
        "building blocks",
        path="Baby & Toys > Toys > Building Sets",
        nouns="building blocks | building set | building blocks set",
        brands="Brickadoo | Pipkin Lane | Tumbletoft",
        lines="City | Story | Starter | Space | Timber | Castle",
        builds="""
            15 | pieces=60 piece; material=plastic; age=18 months and up | toddler-play |
                jumbo building blocks / first building blocks
            25 | pieces=250 piece; material=plastic; age=5 years and up | rainy-day-play
            45 | pieces=600 piece; material=plastic; age=7 years and up | rainy-day-play
            99 | pieces=1500 piece; material=plastic; age=12 years and up | adult-hobby |
                building set / model building set
            29 | pieces=50 piece; material=wood; age=12 months and up | toddler-play |
                wooden blocks / wooden building blocks
            35 | pieces=64 piece; material=magnetic; age=3 years and up | learn-shapes |
                magnetic tiles / magnetic building set
            39 | pieces=120 piece; material=wood; age=6 years and up | learn-shapes |
                marble run / wooden marble run
        """,
        options="theme: city | space | castle | farm | classic",
        titles="""
            {brand} {line} {noun} {pieces}
            {noun}, {pieces}, {age}
            {brand} {theme} {noun}[ ({pieces})]
            {pieces} {material} {noun}[ - {age}]
            {line} {theme} {noun}[ by {brand}] {model}
        """,
        pitches="""
            {pieces} that click together and come apart without tears @material=plastic,magnetic
            A {theme} world for ages {age}
            No batteries, no screens, hours of play
        """,
        features="""sturdy storage tub | idea booklet | water-based paint @material=wood |
            rounded edges |
            compatible with the other sets of the maker @material=plastic""",
        uses="""
            toddler-play: small hands learning to stack
            rainy-day-play: rainy afternoons
            adult-hobby: grown-up builders
            learn-shapes: learning shapes and balance
        """,
        count=25,
    ),
    product_type(
        "jigsaw puzzle",
        path="Baby & Toys > Games & Puzzles > Jigsaw Puzzles",
        nouns="jigsaw puzzle | puzzle | jigsaw",
        brands="Pipkin Lane | Inkwell & Ash | Tumbletoft",
        lines="Story | Gallery | Starter | Atlas | Hedgerow",
        builds="""
            9 | pieces=24 piece; age=3 years and up | toddler-play | floor puzzle /
                kids' jigsaw puzzle
            12 | pieces=100 piece; age=6 years and up | rainy-day-play | kids' jigsaw puzzle
            16 | pieces=500 piece; age=10 years and up | rainy-day-play
            20 | pieces=1000 piece; age=12 years and up | adult-hobby
            32 | pieces=2000 piece; age=14 years and up | adult-hobby
        """,
        options="""
            picture: world map | harbor at dawn | wildflowers | hot-air balloons | bookshop |
                mountain lake | cats
        """,
        titles="""
            {brand} {pieces} {noun}: {picture}
            {noun} {pieces} - {picture}
            {picture} {noun}, {pieces}[ {brand}]
            {line} {picture} {noun} ({pieces})
            {brand} {line} {noun} "{picture}"[ {pieces}]
        """,
        pitches="""
            {picture}, painted for this series
            Thick blue board and a linen finish without glare
            Every piece is different, and they fit with a snap
        """,
        features="""poster of the picture | resealable bag | recycled board | low-dust cutting |
            linen finish""",
        uses="""
            toddler-play: first puzzles on the floor
            rainy-day-play: rainy Sundays
            adult-hobby: a quiet week of evenings
        """,
        count=25,
    ),
)
