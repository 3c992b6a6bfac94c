"""Floor care and heating."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "vacuum cleaner",
        path="Appliances > Floor Care > Vacuum Cleaners",
        nouns="vacuum cleaner | vacuum | canister vacuum",
        brands="Halvex | Kelmont | Brevo Home",
        lines="Cyclo | Silence | Quick | Cyclo Plus | Silence Max | Quick Lite",
        builds="""
            79 | power=700 W; type=canister | carpet-cleaning
            119 | power=900 W; type=upright | carpet-cleaning, pet-hair | upright vacuum /
                upright vacuum cleaner
            199 | voltage=22 V; type=stick | hard-floor-cleaning | cordless stick vacuum /
                cordless vacuum
            329 | voltage=25 V; type=stick; runtime=60 min | pet-hair, hard-floor-cleaning |
                cordless stick vacuum / pet vacuum
            279 | type=robot; runtime=120 min | hands-free-cleaning | robot vacuum /
                robot vacuum with mapping
            45 | voltage=12 V; type=handheld | car-interior | handheld vacuum / car vacuum
            99 | power=1200 W; type=wet/dry; capacity=5 gal | workshop-mess | wet/dry vacuum /
                shop vac
        """,
        options="""
            filter: HEPA filter | washable filter | foam filter
            color: gray | red | blue | black
        """,
        titles="""
            {brand} {line} {noun}[ {power}][ {voltage}]
            {noun} with {filter}[ - {color}][ {brand}]
            {brand} {model} {noun}[, {runtime}]
            {voltage} {noun} {line}[, {filter}]
            {line} {type} vacuum {power} ({color})
            {brand} {noun}, {filter}, {color}
        """,
        pitches="""
            Strong at the nozzle and quiet in the room
            The {filter} keeps fine dust inside
            Empties with one press; no bags to buy
        """,
        features="""crevice tool | tangle-free brush | dust cup that empties from below |
            full-bin light | soft wheels or pads | washable parts | quiet mode""",
        uses="""
            carpet-cleaning: wall-to-wall carpeting and rugs
            hard-floor-cleaning: wood, tile and laminate
            pet-hair: picking up cat and dog hair
            hands-free-cleaning: floors that clean themselves while you are out
            car-interior: crumbs in the car
            workshop-mess: sawdust and spills
        """,
        care="Rinse the filter monthly and let it dry for a day",
    ),
    product_type(
        "space heater",
        path="Appliances > Heating & Cooling > Space Heaters",
        nouns="space heater | electric heater | ceramic heater",
        brands="Halvex | Whirra | Brevo Home",
        lines="Glow | Pip | Quick | Glow Plus | Hearthside",
        builds="""
            29 | power=750 W; type=ceramic; height=9 in | warm-desk | desk heater /
                mini ceramic heater
            49 | power=1500 W; type=ceramic; height=15 in | warm-room
            79 | power=1500 W; type=tower; height=28 in | warm-room | tower heater /
                oscillating space heater
            89 | power=1500 W; type=oil-filled; height=25 in | warm-room, quiet-bedroom |
                oil-filled heater
            139 | power=1500 W; type=infrared; height=24 in | warm-garage | infrared heater /
                quartz heater
        """,
        options="control: remote control | dial | touch panel\ncolor: white | black | gray",
        titles="""
            {brand} {noun} {power}[, {control}]
            {line} {noun}[ - {height} tall][ {color}]
            {power} {noun} with {control}
            {brand} {line} {color} {noun}[ {model}]
            {noun}, {type}, {power}[ ({color})]
        """,
        pitches="""
            Takes the chill off a room in minutes
            {power} with a thermostat that holds the degree you set
            Stops by itself when it tips over
        """,
        features="""tip-over switch | overheat cut-off | 12-hour timer | eco mode |
            cool-touch housing |
            carry handle""",
        uses="""
            warm-desk: cold feet under a desk
            warm-room: a bedroom or a home office in winter
            quiet-bedroom: sleeping with the heat on
            warm-garage: drafty garages and sheds
        """,
        care="Keep three feet clear of bedding and curtains",
        count=23,
    ),
)
