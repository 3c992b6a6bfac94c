"""Hand tools, hardware and plumbing."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "adjustable wrench",
        path="Tools & Hardware > Hand Tools > Wrenches",
        nouns="adjustable wrench | adjustable wrench | wrench, adjustable",
        brands="Ironmoor | Hexley | Brantwick | Stannow",
        lines="Forge | Grip | Site | Basic | Slimjaw | Homeline",
        builds="""
            9 | length=6 in; opening=3/4 in | tighten-bolts
            12 | length=8 in; opening=1 in | tighten-bolts
            16 | length=10 in; opening=1-1/4 in | tighten-bolts, plumbing
            22 | length=12 in; opening=1-1/2 in | tighten-bolts, plumbing
            29 | length=10 in; opening=2 in | plumbing | wide-jaw adjustable wrench /
                plumber's adjustable wrench
            24 | length=6 in; pieces=3 piece | tighten-bolts | adjustable wrench set
        """,
        options="""
            finish: chrome | black oxide | chrome
            handle: dipped grip | plain steel | cushion grip
        """,
        varies="build",
        titles="""
            {brand} {length} {noun}
            {noun} {length}[, {finish}][ {brand}]
            {brand} {line} {noun} - {length}[ {handle}]
            {line} {length} {noun}[, opens to {opening}]
            {length} {finish} {noun} {model}
        """,
        pitches="""
            Jaw opens to {opening} and holds its setting
            Drop-forged chrome vanadium with a {finish} finish
            One tool for the nuts you have no socket for
            Measures {length} end to end
        """,
        features="""laser-etched scale in inches and metric | thin jaws for tight corners |
            reverse-thread knurl that does not slip | hanging hole | heat-treated head |
            rust-proof coating""",
        uses="""
            tighten-bolts: loosening and tightening nuts and bolts
            plumbing: compression fittings under the sink
        """,
        care="A drop of oil on the knurl keeps it turning freely",
        count=25,
    ),
    product_type(
        "claw hammer",
        path="Tools & Hardware > Hand Tools > Hammers",
        nouns="claw hammer | hammer | framing hammer | nail hammer",
        brands="Ironmoor | Hexley | Stannow",
        lines="Forge | Homeline | Basic | Anvil | Homeline Lite",
        builds="""
            11 | weight=8 oz; length=11 in | hang-pictures | tack hammer / small claw hammer
            15 | weight=12 oz; length=12 in | drive-nails
            18 | weight=16 oz; length=13 in | drive-nails
            27 | weight=20 oz; length=14 in | drive-nails
            34 | weight=22 oz; length=16 in | drive-nails | framing hammer / rip hammer
        """,
        options="""
            handle: hickory | fiberglass | steel
            face: smooth face | milled face | smooth face
        """,
        titles="""
            {brand} {weight} {noun}[ {handle} handle]
            {noun} {weight}[ - {face}], {handle}
            {line} {handle} {noun}[ {weight}]
            {brand} {line} {noun}, {weight} head, {length}
            {weight} {handle} {noun} by {brand}
        """,
        pitches="""
            A {weight} head on a {handle} handle: enough swing, little sting
            Balanced so that the head does the work
            The {face} sets nails flush without a slip
        """,
        features="""magnetic nail starter | straight claw that pulls flush nails |
            shock-damping collar | forged in one piece @handle=steel | polished striking end |
            lanyard hole""",
        uses="""
            hang-pictures: tapping in small nails for frames
            drive-nails: driving and pulling nails
        """,
        care="Keep wooden handles out of wet grass @handle=hickory",
        count=23,
    ),
    product_type(
        "utility knife",
        path="Tools & Hardware > Hand Tools > Knives",
        nouns="utility knife | utility knife | folding utility knife | retractable knife",
        brands="Ironmoor | Hexley | Stannow | Deskery",
        lines="Grip | Homeline | Basic | Daily | Flip",
        builds="""
            6 | blade=9 mm | open-parcels | snap-off knife / slim utility knife
            8 | blade=18 mm | open-parcels | snap-off knife / utility knife
            12 | blade=19 mm | cut-carpet
            17 | blade=19 mm; storage=holds five spares | cut-carpet
        """,
        options="color: red | black | yellow | blue\nbody: zinc | plastic | aluminum",
        varies="color",
        titles="""
            {brand} {noun} {blade}[ {color}]
            {noun} w/ {storage}, {brand}
            {noun}, {body} body[, {blade} blade] - {color}
            {line} {color} {noun} ({blade})
            {brand} {line} {noun}[ {body}]
            {brand} {model} {noun} {blade} {color}
        """,
        pitches="""
            Slides open with a thumb and locks where you leave it
            A {body} body in {color} that is hard to lose on a bench
            Fresh edge in seconds: no tools to change the blade
        """,
        features="""quick-change button | blade lock | pocket clip | rubber thumb rest |
            string notch in the nose | three spare blades""",
        uses="""
            open-parcels: opening parcels and slitting tape
            cut-carpet: cutting drywall, roofing felt and flooring
        """,
        care="Dispose of used blades in a hard container",
        count=21,
    ),
    product_type(
        "picture hanging kit",
        path="Tools & Hardware > Hardware > Wall Hooks",
        nouns="picture hanging kit | picture hooks | picture hanging strips | wall hooks",
        brands="Hexley | Stannow | Brantwick",
        lines="Wallmate | Basic | Level | Gallery",
        builds="""
            5 | holds=10 lb; pack=10 pack | hang-pictures | picture hooks / brass picture hooks
            8 | holds=30 lb; pack=20 pack | hang-pictures | picture hooks / angled picture hooks
            9 | holds=4 lb; pack=8 pack; fixing=adhesive; finish=white | hang-pictures, no-drill |
                adhesive hanging strips / damage-free picture strips
            14 | holds=16 lb; pack=12 pack; fixing=adhesive; finish=clear |
            hang-pictures, no-drill |
                large adhesive strips / removable picture strips
            16 | holds=50 lb; pieces=220 piece | hang-pictures | picture hanging kit /
                assorted picture hanging set
            12 | holds=75 lb; pack=4 pack | hang-pictures | heavy duty wall hangers / drywall hooks
        """,
        options="finish: brass | nickel | white | clear",
        titles="""
            {brand} {noun} {pack}[, holds {holds}]
            {noun}, up to {holds} ({pack})
            {brand} {line} {noun}[ {pieces}]
            {holds} {noun}[ - {finish}][ {pack}]
            {line} {finish} {noun}[, {pack}]
        """,
        pitches="""
            Keeps frames up to {holds} where you put them
            No more guessing: each hook is rated for {holds} @!fixing
            From a postcard to a mirror of {holds}
        """,
        features="""hardened nails that pass through plaster @!fixing |
            small level in the box @!fixing |
            wire and D-rings @pieces | instructions for brick and drywall @!fixing |
            marking template | pull tab that leaves no mark @fixing |
            holds on paint, glass and tile @fixing""",
        uses="""
            hang-pictures: hanging frames, mirrors and canvases
            no-drill: rented walls where holes are not allowed
        """,
        count=23,
    ),
    product_type(
        "kitchen faucet",
        path="Tools & Hardware > Plumbing > Faucets",
        nouns="kitchen faucet | pull-down kitchen faucet | single-handle faucet",
        brands="Brantwick | Halvex | Tindleware",
        lines="Cascade | Rill | Brook | Cascade Pro | Arc | Brook Mini",
        builds="""
            59 | spray=fixed spout; height=10 in | replace-kitchen-sink-fitting |
                single-handle kitchen faucet / kitchen faucet
            99 | spray=pull-out; height=11 in | replace-kitchen-sink-fitting |
                pull-out kitchen faucet
            139 | spray=pull-down; height=16 in | replace-kitchen-sink-fitting |
                pull-down kitchen faucet / gooseneck kitchen faucet
            189 | spray=touchless; height=16 in | replace-kitchen-sink-fitting |
                touchless kitchen faucet / motion sensor kitchen faucet
            49 | spray=fixed spout; height=6 in; room=bathroom | replace-bathroom-fitting |
                bathroom faucet / single-hole bathroom faucet
            85 | spray=fixed spout; height=9 in; room=bathroom | replace-bathroom-fitting |
                widespread bathroom faucet / vessel sink faucet
        """,
        options="finish: brushed nickel | matte black | chrome | brushed gold",
        varies="finish",
        titles="""
            {brand} {line} {noun}[ in {finish}]
            {noun}, {finish}[ - {height} high]
            {brand} {noun} {model} {finish}
            {finish} {noun}[ {line}]
            {line} {noun} by {brand}, {finish}
        """,
        pitches="""
            A {height} spout clears tall stockpots and vases @!room
            Ceramic disc cartridge, tested for half a million turns
            {finish} finish that hides fingerprints
        """,
        features="""supply hoses included | one-hole or three-hole deck plate |
            drip-free cartridge |
            rubber nozzles that rub clean |
            counterweight that pulls the hose home @spray=pull-out,pull-down |
            water-saving aerator""",
        uses="""
            replace-kitchen-sink-fitting: replacing a dripping kitchen fitting in an afternoon
            replace-bathroom-fitting: updating a vanity basin
        """,
        care="Clean with a soft cloth; vinegar dulls the finish",
        count=25,
    ),
)
