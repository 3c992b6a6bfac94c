"""Rainwear, robes and hats."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "rain jacket",
        path="Clothing > Outerwear > Rain Jackets",
        nouns="rain jacket | waterproof jacket | rain jacket | shell jacket",
        brands="Northpike | Aldersea | Trailmoss | Tamble",
        lines="Squall | Harbor | Drizzle | Basic | Tempest | Shoreline",
        builds="""
            45 | protection=water resistant; material=polyester; gender=male | light-rain
            45 | protection=water resistant; material=polyester; gender=female | light-rain
            119 | protection=waterproof; material=nylon; gender=male | hike-in-rain
            119 | protection=waterproof; material=nylon; gender=female | hike-in-rain
            189 | protection=waterproof; material=three-layer nylon; gender=unisex | hike-in-rain
            25 | protection=waterproof; material=PU; gender=unisex; cut=poncho | festival-rain |
                packable poncho / rain poncho
        """,
        options="color: yellow | navy | red | olive | black | teal\nsize: S | M | L | XL",
        varies="color size",
        titles="""
            {brand} {line} {gender} {noun}[ - {color}][ {size}]
            {gender} {noun}, {color}, {size}
            {protection} {noun} {gender}[ {color}]
            {brand} {noun} {line} ({color}, {size})
            {line} {color} {noun}[ {protection}] {size}
        """,
        pitches="""
            {protection} {material} with taped seams @protection=waterproof
            Folds into its own pocket and weighs less than a can of soda
            A hood that turns with your head and a hem that stays down
        """,
        features="""pit zips @!cut | storm flap @!cut | adjustable hood with a stiff peak |
            fleece-lined collar @!cut |
            reflective trim | two-way zipper @!cut""",
        uses="""
            light-rain: showers on the way to work
            hike-in-rain: long walks in heavy rain
            festival-rain: festivals and stadiums
        """,
        care="Wash with a technical cleaner and warm tumble to wake the coating",
        count=33,
    ),
    product_type(
        "bathrobe",
        path="Clothing > Sleepwear > Bathrobes",
        nouns="bathrobe | robe | bathrobe",
        brands="Harrowby Mills | Linden & Loom | Tamble",
        lines="Spa | Hamam | Basic | Nod | Stonewash",
        builds="""
            35 | material=fleece; gender=female | lounge-wear
            35 | material=fleece; gender=male | lounge-wear
            59 | material=terry cotton; gender=unisex | after-shower
            49 | material=waffle cotton; gender=unisex | after-shower
            99 | material=silk; gender=female | lounge-wear | silk robe / kimono robe
            25 | material=fleece; age_group=kids; gender=unisex; size=4-6 years | after-shower |
                kids' bathrobe / kids' hooded robe
        """,
        options="color: white | gray | navy | pink | burgundy\nsize: S | M | L | XL",
        varies="color size",
        titles="""
            {brand} {gender} {material} {noun}, {color}
            {material} {noun} {size}[ {color}]
            {line} {noun} - {gender}, {color}
            {color} {noun}[ in {material}][, {size}]
            {brand} {line} {noun} ({size})[ - {color}]
            {noun}, {material}, {gender} {size}[ | {brand}]
        """,
        pitches="""
            Wraps you in {material} from collar to calf
            Shawl collar, deep pockets and a belt with two loops
            Heavy enough to feel like a hotel @material!=silk
        """,
        features="""shawl collar | inside tie | two deep pockets | hanging loop | hood""",
        uses="""
            after-shower: stepping out of the shower
            lounge-wear: slow mornings and late coffee
        """,
        care="""
            Wash warm; tumble low to raise the pile @material!=silk
            Dry clean only @material=silk
        """,
        count=23,
    ),
    product_type(
        "knit hat",
        path="Clothing > Accessories > Winter Hats",
        nouns="knit hat | winter hat | knit hat",
        brands="Ravenscar | Northpike | Tamble | Trailmoss",
        lines="Moorland | Summit | Basic | Drizzle | Lochan | Ridge Line",
        builds="""
            12 | material=acrylic; gender=unisex
            24 | material=wool; gender=unisex
            32 | material=merino wool; gender=unisex | cold-weather-sport
            39 | material=wool; gender=unisex; lining=fleece lined | cold-weather-sport
            14 | material=acrylic; age_group=kids; gender=unisex | | kids' knit hat /
                kids' winter hat
        """,
        options="""
            color: black | gray | red | navy | green | orange | cream
            style: cuffed | pompom | slouchy
        """,
        varies="color",
        titles="""
            {brand} {line} {noun}, {color}
            {material} {noun} - {color}[, {style}]
            {style} {noun} in {material}[ {brand}]
            {color} {noun}[ {gender}] {model}
            {brand} {style} {noun} {color}
        """,
        pitches="""
            Ribbed {material} that covers the ears
            A {style} shape in {color}
            Warm without the itch
        """,
        features="""double-layer cuff @style=cuffed | itch-free band | one size fits most |
            seamless crown |
            reflective thread""",
        uses="""
            cold-head: keeping ears warm in winter
            cold-weather-sport: skiing and winter runs
        """,
        care="Hand wash and reshape while damp",
        count=23,
    ),
    product_type(
        "kids' rain jacket",
        path="Clothing > Kids > Rainwear",
        nouns="kids' rain jacket | children's rain jacket | kids' waterproof jacket",
        brands="Pipkin Lane | Trailmoss | Tamble",
        lines="Puddle | First Trail | Basic | Drip Drop | Treehouse",
        builds="""
            19 | protection=water resistant; material=polyester; age_group=kids | school-run
            29 | protection=waterproof; material=polyester; age_group=kids |
                splash-puddles, school-run
            45 | protection=waterproof; material=polyester; age_group=kids; lining=fleece lined |
                splash-puddles | kids' lined rain jacket
            39 | protection=waterproof; material=PU; age_group=kids; cut=one piece |
                splash-puddles | toddler rain suit / puddle suit
        """,
        options="""
            color: yellow | navy | red | green | pink | teal
            size: 2T | 3T | 4T | 5-6 years | 7-8 years | 9-10 years
            print: dinosaurs | stripes | plain | ladybugs | plain
        """,
        varies="color size",
        titles="""
            {brand} {noun}, {color}, {size}
            {color} {noun} {print}[ - {size}]
            {noun} {size} {protection}[, {color}]
            {line} {lining} {noun}[ by {brand}] {size}
            {brand} {line} {noun} ({print})[ {size}]
        """,
        pitches="""
            {protection} outside, soft inside, and cuffs that grow a year
            {print} in {color} that show up in the gray
            Easy zipper that small hands manage alone
        """,
        features="""name label | detachable hood | reflective stripe | elastic cuffs | chin guard |
            grow-with-me hem""",
        uses="""
            school-run: walking to school in the wet
            splash-puddles: jumping in puddles
        """,
        care="Machine wash cool, hang to dry",
        count=28,
    ),
)
