"""Lawn and garden."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "lawn mower",
        path="Garden > Lawn Care > Lawn Mowers",
        nouns="lawn mower | lawnmower | mower",
        brands="Greenholt | Hexley | Yardling | Torvane",
        lines="Meadow | Homeline | Trim | TX Garden | Meadow Max",
        builds="""
            99 | type=reel; width=16 in; bag=grass catcher | small-lawn |
            reel mower / push reel mower
            139 | type=corded electric; width=14 in; power=1200 W | small-lawn |
                electric lawn mower / corded mower
            299 | type=cordless; width=17 in; voltage=40 V | medium-lawn | cordless lawn mower /
                battery mower
            399 | type=gas; width=21 in; engine=160 cc | large-lawn | gas lawn mower /
                self-propelled mower
            899 | type=robot; width=9 in; area=1/4 acre; bag=mulching | hands-free-mowing |
            robot lawn mower /
                robotic mower
        """,
        options="bag: 12 gallon bag | mulch plug | side chute",
        titles="""
            {brand} {width} {noun}[ {voltage}]
            {noun} {width}[, {engine}][, {bag}]
            {brand} {line} {noun} {model}
            {voltage} {noun} - {width} cut[ by {brand}]
            {line} {noun}, {bag}
        """,
        pitches="""
            Cuts a {width} path and folds flat for storage @type!=robot
            Six heights from putting green to meadow
            Starts first time, and turns on the spot
        """,
        features="""single-lever height setting @type!=robot | fold-flat handle @type!=robot |
            mulching blade |
            rear roller for stripes @type!=robot |
            washout port | safety key""",
        uses="""
            small-lawn: small lawns and front yards
            medium-lawn: suburban lawns
            large-lawn: big yards with slopes
            hands-free-mowing: a lawn that looks after itself
        """,
        care="Sharpen the blade each spring",
        count=23,
    ),
    product_type(
        "garden hose",
        path="Garden > Watering > Hoses",
        nouns="garden hose | garden hose | hose",
        brands="Greenholt | Yardling | Thornapple",
        lines="Brook | Trim | Orchard | Brook Two | Dew",
        builds="""
            22 | length=25 ft; diameter=1/2 in
            32 | length=50 ft; diameter=1/2 in
            39 | length=50 ft; diameter=5/8 in
            59 | length=100 ft; diameter=5/8 in
            35 | length=50 ft; type=expandable | balcony-watering | expandable hose /
                expanding garden hose
            29 | length=50 ft; diameter=1/2 in; type=soaker | water-beds | soaker hose
            79 | length=65 ft; diameter=1/2 in; type=reel | tidy-hose | hose reel /
                retractable hose reel
        """,
        options="color: green | black | orange\nfittings: brass fittings | plastic fittings",
        titles="""
            {brand} {length} {noun}[, {diameter}]
            {noun} {length} x {diameter} - {fittings}
            {line} {noun} {length}[ {color}]
            {color} {noun} with {fittings}, {length}[ {brand}]
        """,
        pitches="""
            {length} that lies flat and does not kink @!type
            Drinks pressure up to 300 psi and shrugs off the sun
            Coils easily, even on a cold morning
        """,
        features="""kink-resistant core | {fittings} | UV-proof jacket |
            spray nozzle included @!type |
            drinking-water safe""",
        uses="""
            water-lawn: watering lawns and washing the car
            balcony-watering: balconies and small yards
            water-beds: slow watering of beds and hedges
            tidy-hose: yards without a tangle
        """,
        care="Drain before the first frost",
        count=23,
    ),
    product_type(
        "pruning shears",
        path="Garden > Hand Tools > Pruners",
        nouns="pruning shears | pruners | hand pruners | bypass pruners",
        brands="Moss & Spade | Thornapple | Greenholt | Yardling",
        lines="Heron | Orchard | Brook | Trim | Wren | Orchard Pro",
        builds="""
            14 | type=bypass; cut=5/8 in | prune-roses
            24 | type=bypass; cut=3/4 in | prune-roses
            19 | type=anvil; cut=3/4 in | dead-wood | anvil pruners
            29 | type=ratchet; cut=1 in | weak-hands | ratchet pruners
            39 | type=bypass lopper; cut=1-1/2 in; length=28 in | thick-branches | loppers /
                long-handled pruners
            45 | type=hedge; length=22 in | shape-hedge | hedge shears
        """,
        options="""
            steel: carbon steel | stainless steel | Japanese steel
            grip: ash handles | soft grip | aluminum handles
        """,
        titles="""
            {brand} {line} {noun}[, {type}]
            {type} {noun} {steel}
            {noun} - cuts up to {cut}[ ({brand})]
            {brand} {noun} with {grip}
            {line} {steel} {noun}[ {model}]
        """,
        pitches="""
            {steel} blades ground to a clean bevel
            Opens wide for gloves, locks with a thumb
            Leaves a cut that heals
        """,
        features="""sap groove | replaceable spring | shock stops | safety catch | leather holster |
            blades that come apart for sharpening""",
        uses="""
            prune-roses: roses and soft stems
            dead-wood: dry and dead wood
            weak-hands: hands that tire quickly
            thick-branches: branches as thick as a broom handle
            shape-hedge: shaping box and yew
        """,
        care="Wipe with oil after each use",
        count=25,
    ),
    product_type(
        "planter",
        path="Garden > Planters > Outdoor Planters",
        nouns="planter | planter | plant pot",
        brands="Moss & Spade | Thornapple | Yardling",
        lines="Heron | Orchard | Trim | Terrace | Sill",
        builds="""
            9 | size=6 in; material=terracotta | herbs-on-sill
            19 | size=10 in; material=terracotta | patio-plants
            35 | size=14 in; material=ceramic | patio-plants
            25 | size=12 in; material=plastic | patio-plants
            22 | size=24 in; material=plastic; shape=window box | balcony-flowers | window box /
                railing planter
            89 | size=48 in; material=cedar; shape=raised bed | grow-vegetables |
                raised garden bed / raised planter box
            29 | size=12 in; material=coir; shape=hanging | balcony-flowers | hanging planter /
                hanging basket
        """,
        options="""
            color: brown | gray | white | black | green
            drainage: drainage holes | self-watering | drainage holes
        """,
        varies="color",
        titles="""
            {brand} {material} {noun} {size}
            {noun} {size}, {color}[ - {drainage}]
            {drainage} {noun}[ in {color}][ {size}]
            {line} {material} {noun}, {color}
            {size} {noun} {brand} {model}
        """,
        pitches="""
            {material} that breathes and ages well @material!=plastic
            {drainage}, so roots never stand in water
            {size} across and frost-proof
        """,
        features="""matching saucer | frost-proof to 5 F | UV-stable color | hidden reservoir |
            hand-thrown rim @material=terracotta,ceramic""",
        uses="""
            herbs-on-sill: basil on the kitchen sill
            patio-plants: olive trees and ferns
            balcony-flowers: balconies full of flowers
            grow-vegetables: growing lettuce and tomatoes
        """,
        count=25,
    ),
)
