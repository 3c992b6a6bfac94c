"""Bedding."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "comforter",
        path="Bed & Bath > Bedding > Comforters",
        nouns="comforter | comforter | all-season comforter",
        brands="Cloudmere | Linden & Loom | Softwell | Harrowby Mills",
        lines="Drift | Alpine | Essentials | Meadow | Drift Two | Alpine Plus",
        builds="""
            39 | fill=polyester; warmth=all season
            29 | fill=polyester; warmth=lightweight | hot-sleeper | lightweight comforter /
                summer comforter
            129 | fill=down alternative; warmth=all season | allergy
            219 | fill=goose down; warmth=winter | cold-nights | down comforter / winter comforter
            169 | fill=wool; warmth=all season | hot-sleeper
            79 | fill=polyester; warmth=weighted; weight=15 lb | restless-sleep |
                weighted comforter / weighted blanket
        """,
        options="""
            size: Twin | Full | Queen | King
            color: white | gray | navy | blue | pink | cream
        """,
        varies="size color",
        titles="""
            {brand} {line} {noun}, {size}[, {color}]
            {noun} {size} {color} - {fill} fill
            {size} {fill} {noun}[ ({warmth})]
            {brand} {noun} {size}[ {warmth}]
            {line} {noun}[ {color}] {size} size
        """,
        pitches="""
            {fill} fill, sewn in boxes so that it stays put
            Quiet to turn under, and it never bunches
            The {size} size drops well over the sides
        """,
        features="""corner loops | double-stitched piping | cotton shell | sewn-through boxes |
            stored in a cotton bag""",
        uses="""
            hot-sleeper: people who sleep hot
            cold-nights: cold bedrooms in January
            allergy: sleepers with allergies
            restless-sleep: calming restless sleep
            guest-bed: a guest room bed
        """,
        care="""
            Machine wash cold in a large drum; tumble dry low
            Air it out and wash twice a year
        """,
        count=33,
    ),
    product_type(
        "sheet set",
        path="Bed & Bath > Bedding > Sheets",
        nouns="sheet set | bed sheets | sheets | bed sheet set",
        brands="Cloudmere | Linden & Loom | Softwell | Harrowby Mills",
        lines="Drift | Millrace | Essentials | Meadow | Mill No. 2 | Stonewash",
        builds="""
            29 | material=microfiber; weave=brushed | college-dorm
            59 | material=cotton; weave=percale | hot-sleeper
            79 | material=organic cotton; weave=sateen
            149 | material=linen; weave=plain | hot-sleeper
            45 | material=cotton; weave=flannel | cold-nights | flannel sheet set / flannel sheets
            69 | material=bamboo viscose; weave=sateen | hot-sleeper
        """,
        options="""
            size: Twin | Full | Queen | King
            color: white | gray | navy | green | pink | beige
        """,
        varies="size color",
        titles="""
            {brand} {material} {noun}, {size}
            {size} {noun} - {material}, {color}
            {brand} {line} {weave} {noun} {size}[ {color}]
            {material} {noun} {size} ({color})[ {model}]
            {line} {noun} in {color}, {size}[ {material}]
        """,
        pitches="""
            {weave} {material} that gets softer with each wash
            Deep pockets hold mattresses up to 16 inches
            Fitted sheet, flat sheet and pillowcases in {color}
        """,
        features="""elastic all the way round | envelope pillowcases | pre-washed |
            wrinkle-resistant |
            head and foot tags""",
        uses="""
            college-dorm: dorms and first apartments
            hot-sleeper: warm nights
            cold-nights: chilly winter nights
        """,
        care="Wash warm with like colors; dry low\nRemove promptly from the dryer",
        count=31,
    ),
    product_type(
        "bed pillow",
        path="Bed & Bath > Bedding > Pillows",
        nouns="bed pillow | pillow | sleeping pillow",
        brands="Cloudmere | Softwell | Harrowby Mills",
        lines="Drift | Essentials | Meadow | Nod | Drift Nova",
        builds="""
            15 | fill=polyester; firmness=medium
            22 | fill=polyester; pack=2 pack; firmness=soft | stomach-sleeper | bed pillows
            39 | fill=memory foam; firmness=firm | neck-pain | memory foam pillow / contour pillow
            49 | fill=shredded foam; firmness=adjustable | side-sleeper | adjustable pillow /
                shredded foam pillow
            69 | fill=goose down; firmness=soft | stomach-sleeper | down pillow
            55 | fill=latex; firmness=firm | neck-pain, side-sleeper | latex pillow
            35 | fill=polyester; shape=U-shaped | pregnancy-sleep | body pillow / maternity pillow
        """,
        options="size: Standard | Queen | King",
        varies="size",
        titles="""
            {brand} {fill} {noun}, {size}
            {noun} {size} - {firmness}
            {firmness} {noun}[ ({fill})] {size}
            {line} {noun}[ {pack}] by {brand}
            {brand} {line} {noun} {size} {model}
        """,
        pitches="""
            {firmness} support that springs back by morning
            Filled with {fill}; add or remove a handful to taste
            Keeps its loft for years, not weeks
        """,
        features="""zippered cotton cover | cooling side | hypoallergenic fill | gusseted edge |
            trial-size earplugs in the bag""",
        uses="""
            neck-pain: stiff necks
            side-sleeper: sleeping on your side
            stomach-sleeper: stomach sleepers who need a low loft
            pregnancy-sleep: support during pregnancy
        """,
        care="Cover is machine washable; spot clean the fill",
        count=25,
    ),
)
