"""Living room furniture."""

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
        features="""kiln-dried hardwood frame | pocket springs |
            removable covers @material=linen,polyester,boucle |
            high-resilience foam | reversible seat pillows | tool-free legs""",
        uses="""
            small-living-room: apartments and studios
            family-living-room: movie nights with the whole family
            overnight-guests: overnight guests
        """,
        care="""
            Blot spills with a dry cloth and vacuum with a soft brush
            Covers wash cold; air dry @material=linen,polyester,boucle
            Condition the leather twice a year @material=leather
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
        features="""hidden shelf | adjustable feet |
            water-resistant lacquer @material=oak,walnut,mango wood | beveled edge |
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
)
