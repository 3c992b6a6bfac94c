"""Camping and hiking."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "tent",
        path="Sports & Outdoors > Camping > Tents",
        nouns="tent | camping tent | dome tent",
        brands="Northpike | Cairnfell | Trailmoss",
        lines="Tarn | Bothy | First Night | Squall | Bothy Light | Meadow Camp",
        builds="""
            89 | sleeps=2 person; weight=5 lb; season=3 season | camp-weekend
            229 | sleeps=2 person; weight=3 lb; season=3 season | light-trek | backpacking tent /
                ultralight tent
            139 | sleeps=4 person; weight=10 lb; season=3 season | camp-weekend
            249 | sleeps=6 person; weight=18 lb; season=3 season | family-camping | cabin tent /
                family tent
            119 | sleeps=3 person; weight=8 lb; setup=pop-up | festival-sleep | pop-up tent /
                instant tent
            379 | sleeps=2 person; weight=6 lb; season=4 season | winter-camp |
                four-season tent / mountain tent
        """,
        options="color: green | orange | gray | blue",
        titles="""
            {brand} {line} {sleeps} {noun}
            {sleeps} {noun}[, {weight}][ - {color}]
            {noun} {sleeps} {season}[ {brand}]
            {brand} {noun} {model} ({sleeps})
            {line} {color} {noun}[ {weight}]
        """,
        pitches="""
            Up in five minutes with color-coded poles
            {weight} packed, dry in a downpour
            Two doors, two porches and no climbing over
        """,
        features="""aluminum poles | taped floor seams | mesh ceiling | gear loft |
            vestibule for packs |
            bathtub floor""",
        uses="""
            camp-weekend: weekends at a campground
            light-trek: long trails where grams count
            family-camping: family trips with air beds
            festival-sleep: festivals
            winter-camp: snow and strong wind
        """,
        care="Dry it before storage",
        count=25,
    ),
    product_type(
        "sleeping bag",
        path="Sports & Outdoors > Camping > Sleeping Bags",
        nouns="sleeping bag | sleeping bag | mummy bag",
        brands="Northpike | Cairnfell | Trailmoss",
        lines="Drowse | Bothy | First Night | Drowse Plus | Hollow",
        builds="""
            39 | rating=50 F; fill=polyester; shape=rectangular | summer-camping, sleepover
            59 | rating=32 F; fill=polyester; shape=mummy | camp-weekend
            149 | rating=20 F; fill=duck down; shape=mummy | winter-camp, light-trek |
                down sleeping bag
            239 | rating=0 F; fill=goose down; shape=mummy | winter-camp | winter sleeping bag /
                expedition sleeping bag
            35 | rating=45 F; fill=polyester; shape=tapered; age_group=kids | sleepover |
                kids' sleeping bag
            89 | rating=35 F; fill=polyester; shape=double | camp-weekend | double sleeping bag /
                two-person sleeping bag
        """,
        options="color: blue | green | red | gray | orange",
        titles="""
            {brand} {line} {rating} {noun}
            {noun} {rating} {fill}[ - {color}]
            {shape} {noun} {rating}, {brand}
            {line} {noun}[ {color}] {rating}
        """,
        pitches="""
            Comfortable down to {rating}
            {fill} fill and a draft collar
            A {shape} cut with room for the feet
        """,
        features="""two-way zipper | draft tube | stuff sack | phone pocket | anti-snag tape |
            hood with drawcord @shape=mummy""",
        uses="""
            summer-camping: warm nights outdoors
            camp-weekend: spring and fall weekends
            winter-camp: freezing nights
            light-trek: packs with little room
            sleepover: sleepovers
        """,
        care="Store loose, not stuffed",
        count=23,
    ),
    product_type(
        "backpack",
        path="Sports & Outdoors > Bags > Backpacks",
        nouns="backpack | daypack | backpack | pack",
        brands="Northpike | Cairnfell | Trailmoss | Deskery",
        lines="Ridge | Fell | Trail | Campus | Summit | Fell Light | Daytrip | Metro",
        builds="""
            29 | capacity=18 L; material=polyester | school-bag | school backpack / backpack
            49 | capacity=25 L; material=polyester; sleeve=laptop sleeve |
                commute-laptop, school-bag | laptop backpack / commuter backpack
            69 | capacity=30 L; material=nylon | day-hike | hiking daypack / hiking backpack
            159 | capacity=50 L; material=ripstop nylon | mountain-trek | trekking backpack /
                hiking backpack
            199 | capacity=65 L; material=ripstop nylon | mountain-trek | trekking backpack /
                expedition backpack
            25 | capacity=10 L; material=polyester; age_group=kids | school-bag |
                kids' backpack / preschool backpack
            89 | capacity=40 L; material=recycled polyester | carry-on-travel |
                carry-on backpack / travel backpack
        """,
        options="color: black | gray | navy | green | red | olive",
        varies="color",
        titles="""
            {brand} {line} {capacity} {noun}, {color}
            {noun} {capacity} - {color}
            {color} {noun}[ with {sleeve}][, {capacity}]
            {brand} {noun} {model}[ {capacity}]
            {line} {noun} ({capacity}, {material})
            {brand} {line} {color} {noun}
        """,
        pitches="""
            {capacity} with pockets where your hands look for them
            {material} that shrugs off showers
            A back panel that lets air through
        """,
        features="""padded hip belt | rain cover in its own pocket | sternum strap with whistle |
            bottle pockets | trolley strap | hidden zipper pocket | compression straps""",
        uses="""
            school-bag: books and lunch
            commute-laptop: a laptop and a change of clothes
            day-hike: day hikes
            mountain-trek: a week on foot
            carry-on-travel: a weekend flight with no checked bag
        """,
        count=31,
    ),
    product_type(
        "cooler",
        path="Sports & Outdoors > Camping > Coolers",
        nouns="cooler | hard cooler | cooler",
        brands="Cairnfell | Trailmoss | Yardling",
        lines="Berg | Trail Cool | Trim | Berg Mini | Lakeside",
        builds="""
            25 | capacity=16 qt; type=hard | keep-drinks-cold, picnic-food
            59 | capacity=45 qt; type=hard | keep-drinks-cold, camp-food
            199 | capacity=60 qt; type=hard; wheels=wheels | keep-drinks-cold, camp-food |
                wheeled cooler / rolling cooler
            35 | capacity=12 qt; type=soft | picnic-food, keep-drinks-cold | soft cooler /
                cooler bag
            79 | capacity=24 qt; type=backpack | beach-day, keep-drinks-cold | backpack cooler
            299 | capacity=40 qt; type=electric; voltage=12 V | camp-food, car-fridge |
                electric cooler / 12 V cooler
        """,
        options="color: blue | gray | green | white | red",
        titles="""
            {brand} {capacity} {noun}[, {color}]
            {noun} {capacity} - {color}
            {line} {noun} with {wheels} {capacity}
            {color} {type} cooler[ {capacity}] {brand}
            {brand} {line} {noun} {model}
        """,
        pitches="""
            Frozen on Friday, still cold on Sunday
            {capacity} takes sandwiches and cans for the group
            Thick walls, tight lid, easy drain @type=hard
        """,
        features="""drain plug @type=hard | can holders in the lid | bottle opener |
            rope handles @type=hard |
            gasket seal @type=hard | ruler on the lid @type=hard |
            leakproof zipper @type=soft,backpack | fold-flat body @type=soft,backpack""",
        uses="""
            keep-drinks-cold: keeping cans cold all weekend
            picnic-food: picnics
            camp-food: food at camp
            beach-day: the walk to the beach
            car-fridge: chilling groceries on the road
        """,
        care="Rinse and leave it open to dry",
        count=23,
    ),
)
