"""Bedroom and home office furniture."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "nightstand",
        path="Furniture > Bedroom > Nightstands",
        nouns="nightstand | night stand | nightstand",
        brands="Norrsund | Ashgrove Joinery | Boxwell",
        lines="Lunde | Ridge | Cubo | Vik | Hollow | Nook",
        builds="""
            49 | storage=open shelf; width=16 in
            79 | storage=1 drawer; width=18 in
            109 | storage=2 drawers; width=20 in
            139 | storage=2 drawers; width=20 in; charging=built-in USB outlet |
                charge-phone-overnight
            89 | storage=3 drawers; width=17 in | | narrow nightstand / nightstand
        """,
        options="material: oak | pine | walnut | rattan\nfinish: natural | white | black | gray",
        varies="finish",
        titles="""
            {brand} {line} {noun} with {storage}
            {noun}, {storage}, {finish}[ {material}]
            {finish} {noun}[ - {storage}]
            {line} {material} {noun}[ {width}]
            {brand} {noun} {model}[ with {charging}]
        """,
        pitches="""
            A lamp, a glass of water, a book: it all fits on top
            {storage} in {material}
            Just {width} wide for tight spaces
        """,
        features="""soft-close runners @storage!=open shelf |
            dovetail joints @storage!=open shelf | anti-tip strap | cable cut-out |
            rounded edges | arrives assembled""",
        uses="""
            beside-the-bed: a lamp and a book within reach
            charge-phone-overnight: charging a phone overnight
        """,
        care="Dust with a dry cloth",
        count=25,
    ),
    product_type(
        "wardrobe",
        path="Furniture > Bedroom > Wardrobes",
        nouns="wardrobe | wardrobe | wardrobe with hanging rail",
        brands="Norrsund | Larkhaven | Boxwell",
        lines="Lunde | Ardley | Cubo | Vik | Pemberly | Nook",
        builds="""
            249 | doors=2 doors; width=39 in
            399 | doors=3 doors; width=59 in
            549 | doors=sliding doors; width=71 in | | sliding-door wardrobe
            69 | doors=fabric cover; width=41 in; interior=hanging rail and shelf |
                temporary-clothes-storage | canvas wardrobe / portable wardrobe
            329 | doors=2 doors; width=39 in; mirror=full mirror | | mirrored wardrobe
        """,
        options="""
            finish: white | oak | walnut | gray
            interior: hanging rail and shelf | two rails | rail and drawers
        """,
        titles="""
            {brand} {line} {noun}, {finish}
            {noun} {doors} {width}[ - {finish}]
            {finish} {noun}[ with {mirror}][, {interior}]
            {line} {doors} {noun}
            {brand} {noun} {model} {finish}
        """,
        pitches="""
            {interior} behind {doors}
            {width} of storage for coats, shirts and shoes
            Turns a bare wall into tidy storage
        """,
        features="""soft-close hinges @doors=2 doors,3 doors | wall fixing included |
            anti-dust brush strip |
            adjustable shelf |
            metal rail rated for 60 lb""",
        uses="""
            hang-clothes: coats, dresses and suits
            temporary-clothes-storage: student rooms and short stays
        """,
        count=23,
    ),
    product_type(
        "desk",
        path="Furniture > Home Office > Desks",
        nouns="desk | writing desk | computer desk",
        brands="Norrsund | Ashgrove Joinery | Boxwell | Velmere",
        lines="Lunde | Ridge | Cubo | Milano | Vik | Hollow | Nook",
        builds="""
            89 | width=39 in; depth=20 in
            139 | width=47 in; depth=24 in
            179 | width=55 in; depth=24 in; shape=L-shaped | gaming-setup | L-shaped desk /
                corner desk
            329 | width=55 in; depth=28 in; base=electric | work-standing | standing desk /
                height-adjustable desk
            219 | width=48 in; depth=24 in; base=crank | work-standing | crank standing desk
            99 | width=36 in; depth=18 in; base=wall mounted; drawers=no drawers | tiny-room |
                folding wall desk / floating desk
        """,
        options="""
            finish: oak | walnut | white | black
            drawers: no drawers | two drawers | one drawer
        """,
        varies="finish",
        titles="""
            {brand} {line} {noun} {width}
            {noun}, {finish}, {width}[ wide]
            {finish} {noun}[ with {drawers}]
            {line} {noun} {width} x {depth} - {finish}
            {brand} {base} {noun}[ {finish}]
        """,
        pitches="""
            Room for two monitors and a notebook on a {finish} top
            {width} wide and {depth} deep
            Sturdy at full height: no wobble while typing
        """,
        features="""cable tray | grommet holes | smooth rounded corners | clamp-friendly edge |
            steel legs | headset hook | 150 lb load""",
        uses="""
            home-study: homework and working from home
            gaming-setup: a gaming setup
            work-standing: sitting and standing through the day
            tiny-room: rooms with no floor to spare
        """,
        count=27,
    ),
    product_type(
        "office chair",
        path="Furniture > Home Office > Office Chairs",
        nouns="office chair | ergonomic office chair | task chair | desk chair",
        brands="Velmere | Norrsund | Boxwell",
        lines="Milano | Lunde | Cubo | Sienna | Vik | Pivot",
        builds="""
            89 | back=mid back; support=fixed | home-study
            149 | back=high back; support=lumbar support | back-pain
            279 | back=high back; support=adjustable lumbar support | back-pain |
                ergonomic office chair / executive office chair
            199 | back=high back; support=lumbar pillow | gaming-setup | gaming chair /
                racing gaming chair
            59 | back=backless; support=saddle seat | back-pain | kneeling chair / saddle stool
        """,
        options="material: mesh | leather | polyester\ncolor: black | gray | white | blue",
        varies="color",
        titles="""
            {brand} {line} {noun}, {color} {material}
            {noun} with {support} - {color}
            {material} {noun} {color}[ {line}]
            {brand} {noun}[, {back}][ ({model})]
            {color} {noun}[ {material}][, {back}, {support}]
        """,
        pitches="""
            {material} that breathes through a long afternoon
            {back}, {support}, and a tilt you can lock
            Adjusts to people from five feet to six foot four
        """,
        features="""smooth gas lift | silent casters for hard floors | five-point base |
            waterfall seat edge | tools in the box | 300 lb rating""",
        uses="""
            home-study: long hours at a desk
            back-pain: easing a sore lower back
            gaming-setup: late gaming sessions
        """,
        count=25,
    ),
)
