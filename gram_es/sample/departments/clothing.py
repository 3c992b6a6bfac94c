"""Sweaters, shirts, pants and dresses."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "sweater",
        path="Clothing > Knitwear > Sweaters",
        nouns="sweater | sweater | knit sweater",
        brands="Ravenscar | Aldersea | Fennick | Tamble | Marlowe Street",
        lines="Moorland | Harbor | Standard | Basic | Fitzroy | Shoreline | Lochan | Everyday",
        builds="""
            29 | material=acrylic; gender=male
            39 | material=cotton; gender=male
            69 | material=wool; gender=male | layer-winter
            89 | material=merino wool; gender=male | layer-winter, smart-office
            29 | material=acrylic; gender=female
            39 | material=cotton; gender=female
            69 | material=wool; gender=female | layer-winter
            139 | material=cashmere; gender=female | smart-office
            75 | material=wool; gender=female; closure=buttons; neck=V-neck | layer-winter |
                cardigan / knit cardigan
        """,
        options="""
            neck: crew neck | V-neck | turtleneck | half zip
            color: navy | gray | black | green | burgundy | cream | red
            size: S | M | L | XL
        """,
        varies="color size",
        titles="""
            {brand} {gender} {material} {noun}[ - {color}][, {size}]
            {gender} {neck} {noun} in {material}, {color}[ ({size})]
            {brand} {line} {noun} {color}[ {size}]
            {color} {material} {neck} {noun}[ - {gender}] {size}
            {line} {neck} {noun}, {gender}[, {size}]
            {brand} {gender} {noun} {neck}[ {color} / {size}]
        """,
        pitches="""
            A {neck} knit in {material} that keeps its shape
            Cut straight through the body with ribbed cuffs
            {material} from a single farm, knitted in one piece @material=wool,merino wool,cashmere
            Soft against the skin, light under a coat
        """,
        features="""ribbed hem and cuffs | saddle shoulders | fully fashioned seams |
            elbow patches | natural stretch | pill-resistant yarn""",
        uses="""
            layer-winter: layering on frosty days
            smart-office: dressing up for the office
            weekend-wear: slow weekends
        """,
        care="""
            Hand wash cool and dry flat
            Gentle cycle inside out; never tumble dry
        """,
        count=41,
    ),
    product_type(
        "t-shirt",
        path="Clothing > Tops > T-Shirts",
        nouns="T-shirt | T-shirt | crew T-shirt",
        brands="Fennick | Tamble | Marlowe Street | Corepoint",
        lines="Standard | Basic | Fitzroy | Sprint | Everyday | Daily | Camden | Sprint Dry",
        builds="""
            12 | material=cotton; gender=male
            18 | material=organic cotton; gender=male
            12 | material=cotton; gender=female
            18 | material=organic cotton; gender=female
            22 | material=polyester; gender=male | workout-wear | training T-shirt /
                performance T-shirt
            22 | material=polyester; gender=female | workout-wear | training T-shirt /
                performance T-shirt
            29 | material=cotton; gender=male; pack=3 pack | | T-shirts / T-shirt multipack
        """,
        options="""
            color: white | black | gray | navy | red | green | yellow
            size: S | M | L | XL | XXL
            sleeve: short sleeve | long sleeve | short sleeve
        """,
        varies="color size",
        titles="""
            {brand} {gender} {noun}, {color}[, {size}]
            {gender} {sleeve} {noun} - {color} {size}
            {line} {material} {noun} ({size})
            {brand} {noun} {pack} {gender}[ {color}]
            {color} {noun} {gender} {size}[ - {material}]
            {brand} {line} {sleeve} {noun}[ {size}]
        """,
        pitches="""
            {material} with a neckband that does not curl
            Mid-weight jersey with a straight hem
            A {sleeve} layer that goes with everything
        """,
        features="""shoulder-to-shoulder tape | tag-free neck | pre-shrunk jersey | side seams |
            quick-dry finish @material=polyester | flat seams""",
        uses="""
            workout-wear: running and gym sessions
            everyday-wear: every day, on its own or under a shirt
        """,
        care="Wash at 85 F, inside out",
        count=33,
    ),
    product_type(
        "chino pants",
        path="Clothing > Bottoms > Pants",
        nouns="chino pants | pants | chinos",
        brands="Fennick | Marlowe Street | Aldersea | Tamble",
        lines="Standard | Fitzroy | Harbor | Basic | Everyday | Camden | Shoreline",
        builds="""
            35 | material=cotton; gender=male; fit=slim fit | smart-office
            35 | material=cotton; gender=male; fit=straight fit | smart-office
            39 | material=stretch cotton; gender=male; fit=relaxed fit
            39 | material=stretch cotton; gender=female; fit=slim fit | smart-office
            45 | material=linen; gender=female; fit=wide leg | hot-weather-wear | linen pants /
                wide-leg pants
            49 | material=ripstop; gender=male; fit=relaxed fit | hiking-wear | cargo pants /
                hiking pants
            32 | material=fleece; gender=unisex; fit=tapered fit | lounge-wear | sweatpants /
                fleece joggers
        """,
        options="color: navy | beige | olive | gray | black\nsize: S | M | L | XL",
        varies="color size",
        titles="""
            {brand} {gender} {fit} {noun}, {color}
            {gender} {noun} {color} {size}[ - {fit}]
            {line} {fit} {noun}[ in {color}]
            {brand} {line} {material} {noun} - {size}
            {fit} {noun}, {color}[, {gender}][ {model}]
        """,
        pitches="""
            A {fit} with room where you need it
            {material} with a clean drape
            Sits at the waist, breaks once at the shoe
        """,
        features="""deep pockets | locker loop | gusseted seat |
            two back pockets | soft waistband | bar-tacked seams""",
        uses="""
            smart-office: business casual days
            hot-weather-wear: hot days
            hiking-wear: walks in rough country
            lounge-wear: lazy evenings
        """,
        care="Wash cold with like colors",
        count=31,
    ),
    product_type(
        "dress",
        path="Clothing > Dresses > Casual & Evening",
        nouns="dress | dress | midi dress",
        brands="Marlowe Street | Aldersea | Fennick",
        lines="Camden | Harbor | Standard | Soho | Shoreline | Garden",
        builds="""
            45 | length=mini; material=cotton | summer-outing | sundress / mini dress
            55 | length=midi; material=viscose | summer-outing | midi dress / tea dress
            75 | length=midi; material=linen | hot-weather-wear | linen dress / shirt dress
            129 | length=maxi; material=satin | formal-event | evening dress / satin maxi dress
            99 | length=midi; material=lace | formal-event | cocktail dress / lace dress
            65 | length=midi; material=knit | smart-office | sweater dress / knit dress
        """,
        options="""
            color: black | navy | red | green | pink | yellow | blue
            size: XS | S | M | L | XL
            pattern: plain | floral | polka dot | plain
        """,
        varies="color size",
        titles="""
            {brand} {line} {noun}, {color}[, {size}]
            {color} {pattern} {noun} - {size}
            {noun} in {color} {material}[ ({length})]
            women's {length} {noun} {color}[ {size}]
            {brand} {noun} {pattern}[ {model}] {size}
        """,
        pitches="""
            A {length} cut that moves when you do
            {material} with a soft drape and a hidden side zipper
            {pattern} {material} that travels without creasing
        """,
        features="""side pockets | adjustable straps | hidden zipper | fully lined | tie waist |
            smocked back""",
        uses="""
            summer-outing: picnics and garden lunches
            hot-weather-wear: heat waves
            formal-event: weddings and formal evenings
            smart-office: meetings and dinners after
        """,
        care="Delicate cycle in a mesh bag",
        count=31,
    ),
)
