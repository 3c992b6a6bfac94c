"""Shoes."""

from gram_es.sample.kinds import product_type

_MEN = "8 | 9 | 10 | 11 | 12"

TYPES = (
    product_type(
        "sneakers",
        path="Shoes > Athletic > Sneakers",
        nouns="sneakers | sneaker | low-top sneakers | sneakers",
        brands="Strydon | Pacewell | Tamble | Marlowe Street",
        lines="Court | Glide | Basic | Camden | Retro 82 | Glide Flow | Street",
        builds="""
            35 | material=canvas; gender=unisex | | canvas sneakers / low-top sneakers
            65 | material=leather; gender=male
            65 | material=leather; gender=female
            59 | material=suede; gender=male
            69 | material=canvas; gender=unisex; height=high top | | high-top sneakers
            55 | material=mesh; gender=female | stand-all-day | slip-on sneakers / walking sneakers
            55 | material=mesh; gender=male | stand-all-day | slip-on sneakers / walking sneakers
        """,
        options=f"color: white | black | gray | navy | red | green\nsize: 6 | 7 | {_MEN}",
        varies="color size",
        titles="""
            {brand} {line} {gender} {noun}, {color}[ {size}]
            {gender} {noun} {color} size {size}[ - {material}]
            {brand} {line} {material} {noun}[ ({color})]
            {color} {material} {noun} {gender}[, US {size}]
            {line} {noun} by {brand}, {color}/white, {size}
        """,
        pitches="""
            A clean low profile in {color} {material}
            Cupsole stitched all round, so nothing peels
            Broken in on day one
        """,
        features="""memory foam insole | gum outsole | padded collar |
            eyelets that do not rust @material!=mesh |
            removable footbed | recycled laces @material!=mesh""",
        uses="""
            casual-shoes: jeans, chinos and everything between
            stand-all-day: shifts on your feet
        """,
        care="Brush off dry dirt; wipe with a damp cloth",
        count=37,
    ),
    product_type(
        "running shoes",
        path="Shoes > Athletic > Running Shoes",
        nouns="running shoes | running shoe | road running shoes",
        brands="Strydon | Pacewell | Northpike",
        lines="Tempo | Glide Run | Ridge Runner | Tempo Max | Glide Race | Scree",
        builds="""
            75 | surface=road; cushion=moderate cushion; gender=male | jogging
            75 | surface=road; cushion=moderate cushion; gender=female | jogging
            129 | surface=road; cushion=max cushion; gender=male | marathon
            129 | surface=road; cushion=max cushion; gender=female | marathon
            109 | surface=trail; cushion=moderate cushion; gender=male | trail-run |
                trail running shoes
            109 | surface=trail; cushion=moderate cushion; gender=female | trail-run |
                trail running shoes
        """,
        options=f"""
            color: black | blue | orange | gray | pink | white
            size: 7 | {_MEN}
            drop: 4 mm | 8 mm | 10 mm
        """,
        varies="color size",
        titles="""
            {brand} {line} {gender} {noun}[ {color}]
            {gender} {noun} - {color}, {size}
            {brand} {noun} {line} {cushion} ({gender}, {size})
            {line} {surface} runner, {gender}, {color}[ {drop} drop]
            {brand} {line} {model} {gender}[ size {size}]
        """,
        pitches="""
            {cushion} under a breathable mesh upper
            A rocker shape that rolls you forward
            {drop} drop, neutral ride, grippy rubber
        """,
        features="""heel pull tab | reflective hits | engineered mesh |
            lugged outsole @surface=trail |
            rock plate @surface=trail |
            wide toe box""",
        uses="""
            jogging: easy miles around the park
            marathon: marathon training and race day
            trail-run: muddy trails and loose rock
        """,
        care="Air dry with the insoles out",
        count=29,
    ),
    product_type(
        "hiking boots",
        path="Shoes > Outdoor > Hiking Boots",
        nouns="hiking boots | hiking boot | mid hiking boots | walking boots",
        brands="Northpike | Cairnfell | Trailmoss",
        lines="Ridge | Fell | First Hike | Summit | Fell Light | Trail Mid",
        builds="""
            79 | protection=water resistant; material=suede and mesh; gender=male | day-hike
            79 | protection=water resistant; material=suede and mesh; gender=female | day-hike
            149 | protection=waterproof; material=nubuck leather; gender=male |
                hike-in-rain, day-hike
            149 | protection=waterproof; material=nubuck leather; gender=female |
                hike-in-rain, day-hike
            229 | protection=waterproof; material=full-grain leather; gender=male |
                mountain-trek, hike-in-rain | trekking boots / mountain boots
        """,
        options=f"color: brown | gray | black | olive\nsize: 7 | {_MEN}",
        varies="color size",
        titles="""
            {brand} {line} {gender} {noun}[, {protection}]
            {gender} {protection} {noun} - {color}[ {size}]
            {brand} {noun} {line} {color} / {size}
            {line} {material} {noun}[ ({gender})], size {size}
            {protection} {noun} {gender} {color}
        """,
        pitches="""
            {material} with a membrane that breathes
            Ankle support without the weight
            Deep lugs that shed mud
        """,
        features="""rubber toe cap | gusseted tongue | shock-absorbing midsole | speed hooks |
            stone guard | odor-resistant lining""",
        uses="""
            day-hike: day hikes on mixed ground
            hike-in-rain: wet trails and stream crossings
            mountain-trek: multi-day treks with a heavy load
        """,
        care="Brush clean, dry away from heat, wax twice a season",
        count=29,
    ),
    product_type(
        "rain boots",
        path="Shoes > Boots > Rain Boots",
        nouns="rain boots | rubber boots | rain boots",
        brands="Thornapple | Aldersea | Pipkin Lane | Tamble",
        lines="Orchard | Harbor | Puddle | Basic | Orchard Two",
        builds="""
            35 | height=ankle; gender=female | gardening-shoes
            49 | height=tall; gender=female | muddy-fields
            49 | height=tall; gender=male | muddy-fields
            59 | height=tall; gender=unisex; lining=neoprene | muddy-fields |
                insulated rain boots / neoprene rubber boots
            22 | height=mid; age_group=kids; gender=unisex | splash-puddles | kids' rain boots /
                toddler rain boots
        """,
        options="color: green | navy | yellow | black | red | pink\nsize: 6 | 7 | 8 | 9 | 10",
        varies="color size",
        titles="""
            {brand} {gender} {noun}, {color}[ {size}]
            {color} {noun} {height}[ - size {size}]
            {line} {height} {noun} {gender}
            {brand} {line} {noun} ({color})[ {size}]
        """,
        pitches="""
            Natural rubber that bends without cracking
            A {height} shaft in {color} that hoses clean
            Cotton lining and a sole that grips wet grass
        """,
        features="""pull-on handles | cushioned insole | adjustable buckle | kick-off spur |
            vulcanized by hand""",
        uses="""
            gardening-shoes: jobs in the vegetable patch
            muddy-fields: muddy fields and dog walks
            splash-puddles: jumping in puddles
        """,
        care="Rinse off mud; store out of the sun",
        count=25,
    ),
    product_type(
        "slippers",
        path="Shoes > Casual > Slippers",
        nouns="slippers | slippers | moccasin slippers",
        brands="Cobblewick | Ravenscar | Tamble",
        lines="Hearth | Moorland | Basic | Fireside | Lochan",
        builds="""
            16 | material=fleece; gender=female; sole=soft sole
            16 | material=fleece; gender=male; sole=soft sole
            45 | material=sheepskin; gender=female; sole=rubber sole | cold-feet
            45 | material=sheepskin; gender=male; sole=rubber sole | cold-feet
            29 | material=felted wool; gender=unisex; sole=rubber sole | cold-feet
            24 | material=memory foam; gender=unisex; sole=rubber sole
        """,
        options="""
            color: gray | brown | navy | pink | beige
            size: S | M | L | XL
            style: slip-on | closed back | bootie
        """,
        varies="color size",
        titles="""
            {brand} {gender} {material} {noun}[, {color}]
            {gender} {noun} {style} - {color}[ {size}]
            {line} {noun} in {material}, {size}
            {color} {style} {noun} ({gender})
        """,
        pitches="""
            {material} that molds to the foot
            A {sole} quiet enough for wooden floors
            Step in, no hands needed
        """,
        features="""anti-slip tread | padded footbed | moccasin stitching | machine washable |
            wide fit""",
        uses="""
            indoor-shoes: padding around the kitchen
            cold-feet: cold feet on winter evenings
        """,
        care="Spot clean with a damp brush",
        count=23,
    ),
)
