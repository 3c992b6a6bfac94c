"""Power tools, and the screwdrivers beside them."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "cordless drill",
        path="Tools & Hardware > Power Tools > Drills",
        nouns="cordless drill | drill driver | drill/driver | cordless drill driver",
        brands="Torvane | Hexley | Brantwick | Stannow",
        lines="TX | Homeline | Site | Basic | TX Compact | Fixit | Site Pro | Starter",
        builds="""
            45 | voltage=12 V; torque=28 Nm; battery=1.5 Ah | furniture-assembly
            59 | voltage=12 V; torque=34 Nm; battery=2 Ah | furniture-assembly
            89 | voltage=18 V; torque=50 Nm; battery=2 Ah | drill-wood
            129 | voltage=18 V; torque=65 Nm; battery=4 Ah | drill-wood
            149 | voltage=18 V; torque=80 Nm; battery=5 Ah | drill-masonry | hammer drill /
                cordless hammer drill / combi drill
            189 | voltage=20 V; torque=95 Nm; battery=4 Ah | drill-masonry |
                brushless hammer drill / hammer drill driver
        """,
        options="""
            motor: brushed | brushless
            kit: tool only | one battery | two batteries and case | 30-piece accessory set
        """,
        titles="""
            {brand} {voltage} {noun}[ {line}][ with {kit}]
            {brand} {line} {noun} {voltage}[ {torque}][ ({kit})]
            {noun} {voltage} {battery}[ {motor}], {brand}[ {line}]
            {line} {model} {motor} {noun}, {voltage} / {battery}[, {kit}]
            {brand} {model} {noun}[ - {kit}]
            {voltage} {motor} {noun} <w/|with> {kit}[ {brand}]
        """,
        pitches="""
            A {voltage} {noun} with {torque} of torque and a grip that suits smaller hands too
            Two gears and {torque} on tap drive long screws without stalling
            Short enough to work inside a cabinet, this {noun} still turns out {torque}
            The {motor} motor sips power from its {battery} pack
        """,
        features="""two-speed gearbox | keyless 1/2 in chuck | LED work light under the trigger |
            20 clutch settings | belt hook for either side | fuel gauge on the pack |
            electronic brake | soft-grip handle | forward and reverse switch""",
        uses="""
            furniture-assembly: putting together flat-pack furniture
            drill-wood: boring holes in timber and sheet metal
            drill-masonry: drilling into brick, block and concrete
        """,
        care="""
            Store packs half charged and away from frost
            Blow dust out of the vents after use
        """,
        count=33,
    ),
    product_type(
        "circular saw",
        path="Tools & Hardware > Power Tools > Saws",
        nouns="circular saw | circular saw | circ saw",
        brands="Torvane | Hexley | Brantwick",
        lines="TX | Homeline | Site | TX Plus | Cutline | Site Pro",
        builds="""
            69 | power=1200 W; blade=165 mm; depth=55 mm
            95 | power=1400 W; blade=185 mm; depth=63 mm
            139 | power=1600 W; blade=190 mm; depth=67 mm
            149 | voltage=18 V; blade=165 mm; depth=57 mm | | cordless circular saw /
                battery circular saw
            219 | power=1400 W; blade=165 mm; depth=56 mm | track-cutting | plunge saw / track saw
        """,
        options="laser: laser guide | none | none\nteeth: 18 teeth | 24 teeth | 40 teeth",
        titles="""
            {brand} {noun}[ {line}] {blade}[ {power}]
            {noun} {power} {blade} blade[ - {teeth}][ {brand}]
            {brand} {voltage} {noun}[, {blade}], bare unit
            {brand} {model} {noun}[ {blade}]
            {line} {noun}, cuts to {depth}[ ({brand})]
        """,
        pitches="""
            Rips boards up to {depth} deep in one pass
            A {blade} blade with {teeth} leaves an edge that needs little sanding
            Light enough for one hand, steady enough for a straight line
        """,
        features="""bevels to 50 degrees | dust port for a shop hose | spindle lock | rip fence |
            cast base plate | soft start | cut line blower | blade guard that retracts by itself""",
        uses="""
            cut-lumber: cutting lumber and decking to length
            track-cutting: dead straight cuts in doors and worktops
        """,
        care="Unplug before changing the blade @power\nWipe pitch off the teeth to keep cuts clean",
        count=23,
    ),
    product_type(
        "screwdriver set",
        path="Tools & Hardware > Hand Tools > Screwdrivers",
        nouns="screwdriver set | screwdrivers | screwdriver kit",
        brands="Ironmoor | Hexley | Torvane | Stannow",
        lines="Grip | Homeline | Bench | Basic | Microbench | Homeline Lite",
        builds="""
            12 | pieces=6 piece; tips=slotted and Phillips | furniture-assembly
            19 | pieces=10 piece; tips=slotted, Phillips and Torx | furniture-assembly
            24 | pieces=8 piece; tips=insulated | electrical-work | insulated screwdriver set /
                VDE screwdrivers
            18 | pieces=32 piece; tips=precision bits | fix-electronics |
                precision screwdriver set / mini screwdriver kit
            34 | pieces=64 piece; tips=precision bits | fix-electronics | precision driver kit /
                electronics screwdriver set
            15 | pieces=12 piece; tips=ratcheting with bits | furniture-assembly |
                ratcheting screwdriver / ratchet screwdriver with bits
        """,
        options="handle: two-tone grip | acetate | soft grip\ncase: roll pouch | rack | hard case",
        titles="""
            {brand} {pieces} {noun}
            {noun} {pieces}[, {tips}][ in {case}]
            {brand} {line} {noun} ({tips})[, {pieces}]
            {pieces} {noun} with {case} - {brand}
            {line} {pieces} {noun}[ {model}]
        """,
        pitches="""
            The {tips} tips fit most of what is in a home
            {pieces} in a {case}, so nothing rolls off the table
            Chrome vanadium shafts and a {handle} handle that does not twist in the hand
        """,
        features="""magnetic tips | color-coded ends | hex bolster for extra leverage |
            sandblasted ends that bite | spinning cap | pocket clip""",
        uses="""
            furniture-assembly: assembling flat-pack shelves and fixing door handles
            electrical-work: live work up to 1000 volts
            fix-electronics: opening laptops, phones and eyeglasses
        """,
        care="Never use a screwdriver as a chisel",
        count=25,
    ),
)
