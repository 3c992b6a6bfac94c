"""Fitness, cycling and team sports."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "yoga mat",
        path="Sports & Outdoors > Fitness > Yoga Mats",
        nouns="yoga mat | exercise mat | yoga mat",
        brands="Corepoint | Trailmoss | Pacewell",
        lines="Flow | Trail Calm | Glide Calm | Flow Pro | Stillness",
        builds="""
            19 | thickness=4 mm; material=PVC | yoga-class
            25 | thickness=6 mm; material=TPE | yoga-class
            59 | thickness=5 mm; material=natural rubber | yoga-class
            49 | thickness=5 mm; material=cork | yoga-class
            29 | thickness=10 mm; material=NBR foam | floor-exercise, sore-knees | exercise mat /
                thick exercise mat
            39 | thickness=2 mm; material=natural rubber | pack-light-yoga | travel yoga mat
        """,
        options="color: purple | teal | black | gray | pink | green",
        varies="color",
        titles="""
            {brand} {noun} {thickness}, {color}
            {material} {noun} {thickness}[ - {color}]
            {color} {noun}[ {line}]
            {thickness} {noun} in {material} by {brand}
            {line} {noun} {color} {model}
        """,
        pitches="""
            {thickness} of {material} between you and the floor
            Grips better as you warm up
            Lies flat from the first unroll
        """,
        features="""carry strap | alignment lines | closed-cell surface | reversible colors |
            free of latex""",
        uses="""
            yoga-class: yoga and Pilates classes
            floor-exercise: sit-ups and stretching
            sore-knees: tender knees
            pack-light-yoga: yoga on the road
        """,
        care="Wipe with water and a drop of vinegar",
        count=23,
    ),
    product_type(
        "dumbbell",
        path="Sports & Outdoors > Fitness > Dumbbells",
        nouns="dumbbell | dumbbells | dumbbell pair",
        brands="Corepoint | Ironmoor | Pacewell",
        lines="Core | Anvil | Glide Lift | Hex | Core Plus",
        builds="""
            9 | weight=3 lb; coating=neoprene | light-workout
            12 | weight=5 lb; coating=neoprene | light-workout
            19 | weight=10 lb; coating=neoprene | light-workout
            29 | weight=15 lb; coating=rubber | strength-training
            39 | weight=20 lb; coating=rubber | strength-training
            59 | weight=35 lb; coating=rubber | strength-training
            199 | weight=50 lb; coating=steel; type=adjustable | home-gym, strength-training |
                adjustable dumbbell / adjustable dumbbell set
        """,
        options="count: single | pair\ncolor: black | blue | purple | gray",
        varies="build",
        titles="""
            {brand} {weight} {noun}[ ({count})]
            {noun} {weight} {coating}[ - {color}]
            {coating} {noun}, {weight}, {count}
            {line} {noun} {weight}[ by {brand}]
        """,
        pitches="""
            {weight} with a knurled grip
            {coating} that spares floors and fingers @coating!=steel
            Flat sides, so it stays where you put it
        """,
        features="""hex heads @coating=rubber | knurled handle | no-roll shape @coating!=steel |
            number cast into both ends |
            quick-turn dial @type=adjustable""",
        uses="""
            light-workout: aerobics and rehab
            strength-training: building strength
            home-gym: a whole rack in one corner
        """,
        count=25,
    ),
    product_type(
        "bike helmet",
        path="Sports & Outdoors > Cycling > Helmets",
        nouns="bike helmet | bike helmet | helmet",
        brands="Velotarn | Pacewell | Pipkin Lane",
        lines="Metro | Aero | First Ride | Ridge | Aero Race | Wheelie",
        builds="""
            39 | style=commuter; vents=12 vents | ride-to-work
            89 | style=road; vents=20 vents | road-race | road bike helmet
            79 | style=mountain; vents=16 vents | mountain-ride | mountain bike helmet / MTB helmet
            29 | style=kids; vents=10 vents; age_group=kids | learn-to-ride | kids' bike helmet /
                toddler bike helmet
            99 | style=commuter; vents=12 vents; light=rear light | ride-to-work |
                smart bike helmet / helmet with light
        """,
        options="color: black | white | red | blue | green | pink\nsize: S | M | L",
        varies="color size",
        titles="""
            {brand} {line} {noun}, {color}[ {size}]
            {noun} {style} - {color}, {size}
            {color} {noun} {size}[ with {light}]
            {brand} {noun} {model} ({size})
            {line} {style} helmet {color}
        """,
        pitches="""
            {vents} and a dial that fits it to your head
            In-mold shell that weighs next to nothing
            A {style} shape with a low back
        """,
        features="""dial fit | washable pads | magnetic buckle | rotational impact layer |
            clip-on visor | reflective straps""",
        uses="""
            ride-to-work: riding to work
            road-race: long road rides
            mountain-ride: rocky descents
            learn-to-ride: learning to ride
        """,
        care="Replace after any crash",
        count=25,
    ),
    product_type(
        "soccer ball",
        path="Sports & Outdoors > Team Sports > Balls",
        nouns="soccer ball | soccer ball | match ball",
        brands="Strydon | Corepoint | Pacewell",
        lines="Strike | Core Kick | Glide Goal | Strike Two | Street Kick",
        builds="""
            15 | size=3; grade=training | kids-team
            18 | size=4; grade=training | kids-team
            22 | size=5; grade=training | backyard-game
            59 | size=5; grade=match | club-match | match soccer ball / match ball
            29 | size=4; grade=futsal | indoor-game | futsal ball / indoor soccer ball
        """,
        options="color: white | yellow | orange | blue\nsurface: PU | TPU | PVC",
        titles="""
            {brand} {line} {noun} size {size}
            {noun}, size {size} - {color}
            {grade} {noun} size {size}[ {brand}]
            {color} {noun} {model}[ ({surface})]
        """,
        pitches="""
            {grade} ball with a {surface} cover
            Flies true and keeps its air
            {color} panels that you see in floodlight
        """,
        features="""thermally bonded panels | butyl bladder | machine-stitched cover |
            textured surface | needle included""",
        uses="""
            kids-team: young teams
            backyard-game: kick-abouts in the yard
            club-match: league matches
            indoor-game: games on hard floors
        """,
        count=21,
    ),
)
