"""Pets."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "dog bed",
        path="Pets > Dogs > Dog Beds",
        nouns="dog bed | dog bed | pet bed",
        brands="Barkridge | Whiskerby | Pawtern",
        lines="Snooze | Haven | Basic Nap | Snooze Plus | Burrow",
        builds="""
            25 | size=S; fill=polyester | puppy-sleep
            39 | size=M; fill=polyester
            55 | size=L; fill=polyester
            69 | size=M; fill=memory foam | old-dog-joints | orthopedic dog bed /
                memory foam dog bed
            99 | size=L; fill=memory foam | old-dog-joints | orthopedic dog bed
            129 | size=XL; fill=memory foam | old-dog-joints, big-dog | orthopedic dog bed /
                giant dog bed
            35 | size=L; frame=raised cot; shape=flat | hot-dog | elevated dog bed / raised pet cot
        """,
        options="color: gray | brown | navy | beige | green\nshape: bolster | flat | round",
        varies="color build",
        titles="""
            {brand} {line} {noun} {size}, {color}
            {noun} {size} - {color}[ {shape}]
            {shape} {noun}[ {size}] with {fill}
            {color} {noun} ({size})[ {brand}]
            {brand} {fill} {noun}[ {model}] {size}
        """,
        pitches="""
            A {shape} nest that holds its shape @fill
            Filled with {fill} that a heavy head cannot flatten
            Looks good next to the sofa
        """,
        features="""zip-off cover @fill | non-slip base | chew-resistant seams | waterproof liner |
            raised rim @fill""",
        uses="""
            puppy-sleep: puppies settling in
            old-dog-joints: older dogs with stiff hips
            big-dog: very large breeds
            hot-dog: hot porches and patios
        """,
        care="Cover in the washing machine, cold @fill",
        count=25,
    ),
    product_type(
        "dog leash",
        path="Pets > Dogs > Leashes & Collars",
        nouns="dog leash | leash | dog leash",
        brands="Barkridge | Northpike | Pawtern",
        lines="Amble | Trail Dog | Basic Walk | Amble Two | Ridge Dog",
        builds="""
            10 | length=4 ft; material=nylon | walk-dog
            12 | length=6 ft; material=nylon | walk-dog
            29 | length=6 ft; material=leather | walk-dog | leather dog leash
            19 | length=5 ft; material=climbing rope | strong-puller, walk-dog | rope dog leash
            22 | length=16 ft; material=nylon; type=retractable | walk-dog | retractable dog leash
            18 | length=30 ft; material=biothane; type=long line | recall-training |
                long training leash
            25 | length=6 ft; material=bungee nylon; type=hands free | run-with-dog |
                hands-free dog leash / running leash
        """,
        options="color: black | red | blue | orange | brown",
        varies="color",
        titles="""
            {brand} {noun} {length}, {color}
            {material} {noun} {length}[ - {color}]
            {color} {noun} {length} {brand}
            {line} {type} {noun}[ {color}]
            {brand} {line} {noun} ({length})
        """,
        pitches="""
            {material} that is easy on the palm
            {length} between you and the next squirrel
            A solid swivel clip that does not twist
        """,
        features="""padded handle | swivel clip | reflective stitching | traffic loop |
            bag dispenser | one-button brake @type=retractable""",
        uses="""
            walk-dog: walks around the block
            strong-puller: dogs that pull
            recall-training: recall training in the park
            run-with-dog: jogging with both hands free
        """,
        count=23,
    ),
    product_type(
        "cat tree",
        path="Pets > Cats > Cat Trees",
        nouns="cat tree | cat tower | scratching tree",
        brands="Whiskerby | Pawtern | Barkridge",
        lines="Lookout | Basic Climb | Perch | Lookout Two | Birch",
        builds="""
            39 | height=32 in; levels=2 levels | kitten-play | small cat tree / kitten cat tree
            79 | height=52 in; levels=4 levels | indoor-cat-climb
            139 | height=72 in; levels=6 levels | indoor-cat-climb | tall cat tree / cat tower
            29 | height=24 in; levels=1 level; type=scratching post | stop-scratching-furniture |
                scratching post / sisal scratching post
            19 | height=10 in; levels=1 level; type=scratcher lounge |
                stop-scratching-furniture | cardboard cat scratcher
        """,
        options="color: gray | beige | white | brown\nrope: sisal | jute",
        titles="""
            {brand} {noun} {height}[, {levels}]
            {noun} {levels} - {color}
            {height} {noun} with {rope} posts
            {line} {noun}[ {color}] {brand}
            {color} {noun} {model}[ ({height})]
        """,
        pitches="""
            {levels} of platforms, dens and dangling things @levels!=1 level
            Wrapped in {rope} that invites claws
            {height} tall, with a base that does not rock
        """,
        features="""wall anchor @levels!=1 level | replaceable posts |
            plush hammock @levels!=1 level | hidden den @levels!=1 level |
            dangling ball | washable pads""",
        uses="""
            kitten-play: kittens
            indoor-cat-climb: indoor cats who like height
            stop-scratching-furniture: saving the sofa from claws
        """,
        count=21,
    ),
    product_type(
        "dry dog food",
        path="Pets > Dogs > Dog Food",
        nouns="dry dog food | dog food | dog food, dry",
        brands="Barkridge | Whiskerby | Pawtern",
        lines="Field | Hearty | Basic Bowl | Field Select | Hearty Gold",
        builds="""
            14 | weight=5 lb; life_stage=adult | feed-dog
            32 | weight=15 lb; life_stage=adult | feed-dog
            55 | weight=30 lb; life_stage=adult | feed-dog
            16 | weight=5 lb; life_stage=puppy | feed-puppy | puppy food / dry puppy food
            36 | weight=15 lb; life_stage=puppy | feed-puppy | puppy food / dry puppy food
            38 | weight=15 lb; life_stage=senior | old-dog-joints, feed-dog | senior dog food
            44 | weight=15 lb; life_stage=adult; diet=grain free | sensitive-stomach, feed-dog |
                grain-free dog food
        """,
        options="flavor: chicken | salmon | beef | lamb and rice | turkey",
        varies="build flavor",
        titles="""
            {brand} {line} {noun}, {flavor}, {weight}
            {noun} {flavor} {weight}[ - {life_stage}]
            {life_stage} {noun} with {flavor}[ {weight}]
            {brand} {flavor} {noun} ({weight})
            {line} {noun} {diet} {flavor} {weight}
        """,
        pitches="""
            {flavor} is the first ingredient
            Complete nutrition for {life_stage} dogs
            Crunchy bites that scrub teeth
        """,
        features="""no artificial colors | omega oils | resealable bag | glucosamine |
            gentle fiber""",
        uses="""
            feed-dog: daily meals
            feed-puppy: growing puppies
            old-dog-joints: aging joints
            sensitive-stomach: sensitive stomachs
        """,
        count=27,
    ),
    product_type(
        "aquarium",
        path="Pets > Fish > Aquariums",
        nouns="aquarium | glass aquarium | aquarium starter kit",
        brands="Whiskerby | Halvex | Pawtern",
        lines="Lagoon | Reef | Basic Fin | Lagoon Two | Cove",
        builds="""
            29 | capacity=2 gal; material=acrylic | desk-fish | nano aquarium / betta aquarium
            59 | capacity=5 gal; material=glass | desk-fish
            89 | capacity=10 gal; material=glass | first-fish
            149 | capacity=20 gal; material=glass | first-fish
            299 | capacity=55 gal; material=glass | big-fish
        """,
        options="""
            kit: with LED hood | filter and light included | bare
            shape: rectangular | cube | bow front
        """,
        titles="""
            {brand} {capacity} {noun}[, {kit}]
            {noun} {capacity} - {shape}
            {shape} {material} {noun} {capacity}[ {brand}]
            {line} {noun} ({capacity})[ {model}]
        """,
        pitches="""
            {capacity} behind clear {material}
            A {shape} shape that shows plants from every side
            Quiet enough for a bedroom
        """,
        features="""silent pump | hinged lid | day and night light | polished edges |
            water-care guide""",
        uses="""
            desk-fish: a betta on the desk
            first-fish: first-time fish keepers
            big-fish: a showpiece in the living room
        """,
        count=21,
    ),
)
