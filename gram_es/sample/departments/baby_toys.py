"""Baby and toys."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "stroller",
        path="Baby & Toys > Baby Gear > Strollers",
        nouns="stroller | baby stroller | stroller",
        brands="Little Osprey | Tumbletoft | Velotarn",
        lines="Roam | Dash | Pace | Roam City | Dash Mini | Roam Duo",
        builds="""
            79 | type=umbrella; weight=12 lb | baby-travel | umbrella stroller /
                lightweight stroller
            199 | type=full size; weight=22 lb | daily-walks
            329 | type=convertible; weight=26 lb | newborn-walks, daily-walks |
                convertible stroller / stroller with bassinet
            249 | type=jogging; weight=28 lb | run-with-baby | jogging stroller /
                three-wheel stroller
            299 | type=double; weight=32 lb | twins | double stroller / side-by-side stroller
            149 | type=cabin fold; weight=14 lb | baby-travel | travel stroller / compact stroller
        """,
        options="color: gray | black | navy | green | beige",
        varies="color",
        titles="""
            {brand} {line} {noun}, {color}
            {noun} {weight} - {color}
            {brand} {noun}[ {model}] {color}
            {color} {type} {noun}[, {weight}]
            {line} {noun} by {brand}
        """,
        pitches="""
            Folds with one hand while the other holds the child
            {weight}, stands by itself when folded
            A canopy that reaches the knees
        """,
        features="""five-point harness | all-wheel suspension | reclining seat | parent cup tray |
            big basket | rain cover included | puncture-free tires""",
        uses="""
            daily-walks: daily walks and errands
            baby-travel: planes, trains and small trunks
            newborn-walks: newborns who need to lie flat
            run-with-baby: running with your baby along
            twins: twins or siblings
        """,
        care="Seat fabric unzips for the washing machine",
        count=25,
    ),
    product_type(
        "diapers",
        path="Baby & Toys > Baby Care > Diapers",
        nouns="diapers | baby diapers | disposable diapers",
        brands="Little Osprey | Nettlebear | Tumbletoft",
        lines="Down | Softcub | Dry | Down Pure | Softcub Night",
        builds="""
            12 | size=Newborn; pack=32 pack
            24 | size=1; pack=84 pack
            26 | size=2; pack=76 pack
            27 | size=3; pack=68 pack
            28 | size=4; pack=60 pack
            29 | size=5; pack=52 pack
            31 | size=4; pack=48 pack; time=overnight | through-the-night | overnight diapers
            22 | size=3; pack=24 pack; type=training pants | potty-training | training pants /
                pull-on training pants
            39 | size=one size; pack=6 pack; type=cloth | less-waste | cloth diapers /
                reusable cloth diapers
        """,
        options="skin: fragrance free | with aloe | fragrance free",
        varies="build",
        titles="""
            {brand} {noun} size {size}, {pack}
            {line} {noun}, {size} ({pack})
            {brand} {line} {size} {noun}[ - {skin}]
            {noun} {size}, {pack}, {skin}[ {brand}]
        """,
        pitches="""
            Stretchy sides and a line that changes color when it is wet
            Up to twelve hours dry
            {skin}, no latex, no chlorine bleach
        """,
        features="""wetness line | leak guards | stretch waistband | breathable backsheet |
            plant-based liner""",
        uses="""
            keep-baby-dry: keeping tiny bottoms dry
            through-the-night: sleeping through the night
            potty-training: potty training
            less-waste: families who want less waste
        """,
        count=25,
    ),
    product_type(
        "crib",
        path="Baby & Toys > Nursery > Cribs",
        nouns="crib | baby crib | convertible crib",
        brands="Little Osprey | Norrsund | Tumbletoft",
        lines="Nest | Lunde | Dream | Nest Mini | Vik | Dreamy",
        builds="""
            179 | type=standard; size=28 x 52 in
            279 | type=4-in-1 convertible; size=28 x 52 in | grow-with-child | convertible crib /
                4-in-1 crib
            149 | type=mini; size=24 x 38 in | small-nursery | mini crib / portable crib
            119 | type=travel; size=28 x 42 in | baby-travel | travel crib / playard
            99 | type=bedside; size=20 x 35 in | newborn-sleep | bedside sleeper / bassinet
        """,
        options="finish: white | natural | gray | walnut",
        varies="finish",
        titles="""
            {brand} {line} {noun}, {finish}
            {noun} in {finish}[ - {size}]
            {finish} {type} {noun}
            {line} {noun}[ by {brand}][ {model}]
        """,
        pitches="""
            Three mattress heights, lowered as your baby learns to stand
            Solid New Zealand pine with a {finish} finish
            Slats spaced for safety and rails that teeth cannot hurt
        """,
        features="""non-toxic finish | three mattress heights | toddler rail sold apart |
            locking casters | mesh sides""",
        uses="""
            baby-sleep: safe nights in the nursery
            grow-with-child: growing from baby to big kid
            small-nursery: small rooms
            baby-travel: visits to grandparents
            newborn-sleep: the first months close to you
        """,
        count=21,
    ),
    product_type(
        "pacifier",
        path="Baby & Toys > Baby Care > Pacifiers",
        nouns="pacifier | pacifiers | baby pacifier",
        brands="Nettlebear | Little Osprey | Tumbletoft",
        lines="Softcub | Down | Calm | Moon | Hush",
        builds="""
            7 | material=silicone; age=0-6 months; pack=2 pack | soothe-baby
            8 | material=silicone; age=6-18 months; pack=2 pack | soothe-baby
            9 | material=natural rubber; age=0-6 months; pack=2 pack | soothe-baby
            11 | material=silicone; age=0-6 months; pack=4 pack; glow=glow in the dark |
                soothe-baby | night pacifiers / glow pacifiers
            10 | material=silicone; age=3 months and up | teething | silicone teether /
                teething ring
        """,
        options="color: green | pink | blue | gray | beige",
        varies="color",
        titles="""
            {brand} {material} {noun} {age}[, {pack}]
            {noun} {pack} - {age}, {color}
            {line} {color} {noun}[ ({age})]
            {brand} {line} {noun}[ {color}]
        """,
        pitches="""
            One piece of {material}, nothing to come loose
            A curved shield that leaves room for the nose
            Shaped for ages {age}
        """,
        features="""vented shield | sterilizing case | orthodontic shape | free of BPA |
            textured edges""",
        uses="""
            soothe-baby: calming a fussy baby
            teething: sore gums
        """,
        care="Boil for five minutes before first use",
        count=19,
    ),
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
            {pieces} that click together and come apart without tears
            A {theme} world for ages {age}
            No batteries, no screens, hours of play
        """,
        features="""sturdy storage tub | idea booklet | water-based paint | rounded edges |
            compatible with the other sets of the maker""",
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
