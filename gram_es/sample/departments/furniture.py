"""Furniture."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "sofa",
        path="Furniture > Living Room > Sofas",
        nouns="sofa | sofa | loveseat | sectional",
        brands="Larkhaven | Norrsund | Velmere | Boxwell",
        lines="Ardley | Lunde | Milano | Cubo | Pemberly | Vik | Sienna | Nook",
        builds="""
            399 | seats=2; width=58 in | small-living-room | loveseat / 2-seater sofa
            599 | seats=3; width=78 in | family-living-room | sofa / 3-seater sofa
            799 | seats=3; width=84 in | family-living-room | sofa / track-arm sofa
            1199 | seats=5; width=104 in; shape=L-shaped | family-living-room | sectional /
                sectional sofa
            649 | seats=3; width=80 in; type=sleeper | overnight-guests | sleeper sofa / sofa bed
            329 | seats=2; width=70 in; type=futon | overnight-guests, small-living-room |
                futon / futon sofa bed
        """,
        options="""
            color: gray | beige | navy | green | brown | black | cream
            material: linen | velvet | polyester | leather | boucle
            legs: oak legs | black metal legs | walnut legs
        """,
        varies="color",
        titles="""
            {brand} {line} {noun} in {color} {material}
            {noun}, {material}, {color}[ - {width} wide]
            {line} {material} {noun}[ {width}] {color}
            {color} {material} {noun}[ with {legs}]
            {brand} {line} {seats} seat {noun}[, {color}]
            {brand} {noun} {line} {width}
        """,
        pitches="""
            Deep seats, loose back pillows and {legs}
            {width} wide, and it comes through a 30 inch door
            {material} in {color} that takes daily life without showing it
            Low arms and clean lines keep a room open
        """,
        features="""kiln-dried hardwood frame | pocket springs | removable covers |
            high-resilience foam | reversible seat pillows | tool-free legs""",
        uses="""
            small-living-room: apartments and studios
            family-living-room: movie nights with the whole family
            overnight-guests: overnight guests
        """,
        care="""
            Blot spills with a dry cloth and vacuum with a soft brush
            Covers wash cold; air dry
        """,
        count=37,
    ),
    product_type(
        "armchair",
        path="Furniture > Living Room > Armchairs",
        nouns="armchair | lounge armchair | armchair",
        brands="Larkhaven | Norrsund | Velmere",
        lines="Ardley | Lunde | Milano | Wren | Vik | Sienna",
        builds="""
            199 | style=mid-century; width=27 in
            279 | style=wingback; width=30 in | reading-corner | wingback armchair
            349 | style=recliner; width=34 in | put-feet-up | recliner / reclining armchair
            239 | style=barrel; width=31 in | reading-corner | barrel armchair / swivel armchair
            169 | style=rocking; width=26 in | nursery-feeding | rocking armchair / nursery glider
        """,
        options="""
            color: gray | green | navy | brown | pink | cream
            material: velvet | leather | linen | boucle
        """,
        varies="color",
        titles="""
            {brand} {line} {noun}, {color} {material}
            {color} {material} {noun}[ {line}]
            {noun} in {material} - {color}
            {line} {style} {noun}[ by {brand}]
            {brand} {noun} {model} ({color})
        """,
        pitches="""
            A {style} silhouette with a seat you sink into
            {material} over a solid frame
            Made for the corner by the window
        """,
        features="""solid beech frame | lumbar support | webbed seat | felt pads |
            hand-tufted back | matching stool sold apart""",
        uses="""
            reading-corner: a reading corner
            put-feet-up: putting your feet up after work
            nursery-feeding: night feeds in the nursery
            extra-seat: an extra seat in the living room
        """,
        care="""
            Keep leather away from heaters and feed it twice a year @material=leather
            Vacuum with a soft brush @material=velvet,linen,boucle
        """,
        count=25,
    ),
    product_type(
        "coffee table",
        path="Furniture > Living Room > Coffee Tables",
        nouns="coffee table | coffee table | low table",
        brands="Norrsund | Ashgrove Joinery | Boxwell | Velmere",
        lines="Lunde | Ridge | Cubo | Milano | Vik | Hollow | Nook",
        builds="""
            79 | shape=rectangular; size=24 x 42 in
            119 | shape=round; size=32 x 32 in
            139 | shape=rectangular; size=24 x 47 in; storage=lift top | dine-on-sofa |
                lift-top coffee table
            159 | shape=oval; size=26 x 48 in
            99 | shape=round; pieces=2 piece | small-living-room | nesting coffee tables /
                nesting tables
        """,
        options="""
            material: oak | walnut | marble | glass | mango wood
            legs: metal legs | wooden legs | pedestal base
        """,
        titles="""
            {brand} {line} {noun}, {material}
            {shape} {material} {noun}[ {size}]
            {noun} in {material}[ with {legs}]
            {line} {noun} - {shape}[, {material}][ {brand}]
            {brand} {noun} {size} {material}
        """,
        pitches="""
            A {material} top on {legs}
            {shape} edges are kind to shins and toddlers
            Low enough to see over, big enough for a board game
        """,
        features="""hidden shelf | adjustable feet | water-resistant lacquer | beveled edge |
            twenty-minute assembly""",
        uses="""
            living-room-center: magazines, mugs and remote controls
            dine-on-sofa: eating or working from the sofa
            small-living-room: rooms that must stay flexible
        """,
        care="Use coasters; wipe with a damp cloth",
        count=25,
    ),
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
        features="""soft-close runners | dovetail joints | anti-tip strap | cable cut-out |
            rounded edges | arrives assembled""",
        uses="""
            beside-the-bed: a lamp and a book within reach
            charge-phone-overnight: charging a phone overnight
        """,
        care="Dust with a dry cloth",
        count=25,
    ),
    product_type(
        "bookcase",
        path="Furniture > Storage > Bookcases",
        nouns="bookcase | bookcase | open shelving unit",
        brands="Norrsund | Ashgrove Joinery | Boxwell | Velmere",
        lines="Lunde | Ridge | Cubo | Milano | Vik | Hollow | Nook",
        builds="""
            59 | shelves=3 shelves; height=32 in | store-books | low bookcase / 3-tier bookcase
            99 | shelves=5 shelves; height=72 in | store-books
            149 | shelves=5 shelves; height=72 in; doors=glass doors | display-collection |
                bookcase with doors / glass-door bookcase
            119 | shelves=5 shelves; height=70 in; style=ladder | display-collection |
                ladder bookcase / leaning bookcase
            89 | shelves=8 cubes; height=58 in | store-toys | cube organizer / cube bookcase
            79 | shelves=3 shelves; height=30 in; age_group=kids | store-toys, store-books |
                kids' bookcase / children's sling bookcase
        """,
        options="""
            material: oak | pine | walnut | metal and wood
            finish: white | natural | black | gray
        """,
        varies="finish",
        titles="""
            {brand} {line} {noun}, {shelves}
            {noun} {height} - {finish}
            {finish} {material} {noun}[, {shelves}]
            {shelves} {noun}[ in {finish}] {brand}
            {line} {noun}[ {height}] ({finish})
        """,
        pitches="""
            {shelves} that carry forty pounds each
            {height} tall and only a foot deep
            {material} frame, {finish} finish
        """,
        features="""adjustable shelf pins | wall anchors in the box | closed back panel |
            scratch-resistant surface | levelers under the feet""",
        uses="""
            store-books: novels, cookbooks and binders
            display-collection: showing plants, frames and ceramics
            store-toys: toys and baskets
        """,
        count=27,
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
        features="""soft-close hinges | wall fixing included | anti-dust brush strip |
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
