"""Baby gear."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "stroller",
        path="Baby & Toys > Baby Gear > Strollers",
        nouns="stroller | baby stroller | stroller",
        brands="Little Osprey | Tumbletoft | Velotarn",
        lines="Roam | Dash | Pace | Roam City | Dash Mini | Roam Plus",
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
        lines="Down | Softcub | Dry | Down Pure | Softcub Plus",
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
            Stretchy sides and a line that changes color when it is wet @!type
            Up to twelve hours dry
            {skin}, no latex, no chlorine bleach
        """,
        features="""wetness line @!type | leak guards | stretch waistband | breathable backsheet |
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
        lines="Nest | Lunde | Dream | Nest Two | Vik | Dreamy",
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
            Three mattress heights, lowered as your baby learns to stand @type!=travel,bedside
            Solid New Zealand pine with a {finish} finish @type!=travel,bedside
            Slats spaced for safety and rails that teeth cannot hurt @type!=travel,bedside
            Light to move, quick to fold, washable inside @type=travel,bedside
        """,
        features="""non-toxic finish | three mattress heights @type!=travel,bedside |
            toddler rail sold apart @type!=travel,bedside |
            locking casters | mesh sides @type=travel,bedside""",
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
            A curved shield that leaves room for the nose @pack
            Shaped for ages {age}
        """,
        features="""vented shield @pack | sterilizing case | orthodontic shape | free of BPA |
            textured edges""",
        uses="""
            soothe-baby: calming a fussy baby
            teething: sore gums
        """,
        care="Boil for five minutes before first use",
        count=19,
    ),
)
