"""Lighting and power."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "led bulb",
        path="Lighting & Electrical > Bulbs > LED Bulbs",
        nouns="LED bulb | LED light bulb | LED bulbs",
        brands="Brightwick | Halvex | Glimmerton",
        lines="Lite | Ever | Glow | Lite Duo | Ever Plus",
        builds="""
            4 | shape=A19; power=6 W; brightness=450 lm; base=E26 | bedside-light
            6 | shape=A19; power=9 W; brightness=800 lm; base=E26 | light-room
            9 | shape=A21; power=15 W; brightness=1600 lm; base=E26 | light-workspace
            7 | shape=BR30; power=8 W; brightness=650 lm; base=E26 | ceiling-spots |
                LED flood bulb / recessed LED bulb
            5 | shape=candle; power=4 W; brightness=350 lm; base=E12 | chandelier |
                candelabra LED bulb / LED candle bulb
            15 | shape=A19; power=9 W; brightness=800 lm; base=E26; control=smart |
                light-by-voice, light-room | smart LED bulb / Wi-Fi LED bulb
            12 | shape=ST64; power=6 W; brightness=500 lm; base=E26; look=filament |
                bedside-light | filament LED bulb / vintage LED bulb
        """,
        options="""
            tone: warm white | daylight | cool white
            pack: 1 pack | 4 pack | 6 pack
            dimming: dimmable | non-dimmable
        """,
        varies="tone pack",
        titles="""
            {brand} {shape} {noun} {power} {tone}[, {pack}]
            {noun} {shape} {brightness}[ {dimming}] ({pack})
            {power} {noun}, {tone}, {base}
            {line} {tone} {noun} {base}[ - {pack}]
            {brand} {dimming} {noun} {power}
        """,
        pitches="""
            {brightness} from {power}: a fraction of what the old ones drew
            {tone} light without flicker
            Rated for fifteen thousand hours
        """,
        features="""instant on | flicker-free driver | suitable for enclosed fixtures |
            mercury free | high color rendering""",
        uses="""
            bedside-light: lamps by the bed
            light-room: living rooms and hallways
            light-workspace: garages and workbenches
            ceiling-spots: recessed ceiling cans
            chandelier: chandeliers and sconces
            light-by-voice: light by voice or schedule
        """,
        count=31,
    ),
    product_type(
        "floor lamp",
        path="Lighting & Electrical > Lamps > Floor Lamps",
        nouns="floor lamp | floor lamp | floor lamp with shade",
        brands="Lumenfold | Brightwick | Glimmerton",
        lines="Origami | Lite | Glow | Heron | Alto",
        builds="""
            59 | style=tripod; height=58 in | light-room
            89 | style=arc; height=72 in | light-over-sofa | arc floor lamp
            49 | style=torchiere; height=70 in | light-room | uplighter floor lamp
            79 | style=reading; height=55 in; dimming=dimmable | reading-light |
                reading floor lamp / adjustable floor lamp
            99 | style=shelf; height=63 in | light-room | shelf floor lamp / floor lamp with shelves
        """,
        options="""
            finish: brass | matte black | brushed nickel | natural wood
            shade: linen shade | paper shade | metal shade
        """,
        varies="finish",
        titles="""
            {brand} {line} {noun}, {finish}
            {style} {noun} {height}[ with {shade}]
            {finish} {noun}[ - {shade}]
            {noun} {height} {finish} {brand}
            {line} {style} floor lamp[ {model}]
        """,
        pitches="""
            A {shade} on a {finish} stem
            {height} tall, so the light falls where you sit
            Foot switch, long lead-in, heavy base
        """,
        features="""foot switch | weighted base | three brightness steps |
            gooseneck @style=reading |
            bulb included""",
        uses="""
            light-room: filling a dark corner with light
            light-over-sofa: light above a sofa without wiring
            reading-light: reading at night
        """,
        count=23,
    ),
    product_type(
        "extension cord",
        path="Lighting & Electrical > Power > Extension Cords",
        nouns="extension cord | extension cord | power cord extension",
        brands="Halvex | Pluglet | Brantwick",
        lines="Reach | Link | Site | Reach Two | Link Slim",
        builds="""
            9 | length=6 ft; gauge=16 gauge; place=indoor | more-outlets-indoors
            15 | length=15 ft; gauge=16 gauge; place=indoor | more-outlets-indoors
            22 | length=25 ft; gauge=14 gauge; place=outdoor | power-outdoors |
                outdoor extension cord
            39 | length=50 ft; gauge=12 gauge; place=outdoor | power-outdoors, power-tools |
                heavy-duty extension cord / outdoor extension cord
            69 | length=100 ft; gauge=12 gauge; place=outdoor | power-outdoors, power-tools |
                contractor extension cord
            25 | length=6 ft; outlets=8 outlets; place=indoor | protect-electronics |
                surge protector / power strip
        """,
        options="color: black | white | orange | green\nplug: flat plug | straight plug",
        titles="""
            {brand} {length} {noun}[, {color}]
            {noun} {length} {gauge} - {color}
            {place} {noun} {length}[ with {plug}]
            {color} {length} {noun} {brand}[ {model}]
            {line} {noun} {outlets} {length}
        """,
        pitches="""
            {length} of reach and a {plug}
            {color} jacket that is easy to see
            Stays supple in the cold
        """,
        features="""lighted end | safety covers | grounded three-prong plug | hook-and-loop tie |
            overload switch""",
        uses="""
            more-outlets-indoors: lamps far from an outlet
            power-outdoors: hedge trimmers and holiday lights
            power-tools: saws and compressors
            protect-electronics: computers and TVs
        """,
        count=23,
    ),
    product_type(
        "string lights",
        path="Lighting & Electrical > Decorative > String Lights",
        nouns="string lights | LED string lights | outdoor string lights",
        brands="Glimmerton | Brightwick | Greenholt",
        lines="Glow | Lite | Terrace | Firefly | Twinkle",
        builds="""
            12 | length=16 ft; lights=50 LEDs; power=battery | decorate-bedroom |
                LED string lights / copper wire lights
            22 | length=33 ft; lights=100 LEDs; power=solar | light-patio | solar string lights
            39 | length=48 ft; lights=15 bulbs; power=plug-in | light-patio |
                patio string lights / bistro string lights
            29 | length=66 ft; lights=200 LEDs; power=plug-in | decorate-tree | tree lights /
                holiday string lights
            35 | length=10 ft; lights=300 LEDs; power=USB; shape=curtain | decorate-bedroom |
                curtain string lights
        """,
        options="tone: warm white | multicolor | cool white",
        titles="""
            {brand} {noun} {length}, {tone}
            {noun} {lights} {tone}[ - {power}]
            {length} {power} {noun}[ {brand}]
            {tone} {noun} ({lights})
            {line} {noun} {length} {lights}
        """,
        pitches="""
            {lights} on {length} of wire
            {tone} glow, eight modes, one timer
            {power} powered: hang it where you like
        """,
        features="""eight light modes | timer | shatterproof bulbs | rated for rain |
            links end to end | remote control""",
        uses="""
            decorate-bedroom: bedrooms and dorm walls
            light-patio: evenings on the patio
            decorate-tree: trees and railings in December
        """,
        count=23,
    ),
    product_type(
        "flashlight",
        path="Lighting & Electrical > Portable > Flashlights",
        nouns="flashlight | LED flashlight | flashlight",
        brands="Cairnfell | Hexley | Brightwick",
        lines="Beacon | Homeline | Lite | Beacon Pro | Spark",
        builds="""
            9 | brightness=150 lm; power=2 AA | power-outage | mini flashlight / pocket flashlight
            19 | brightness=400 lm; power=3 AAA | power-outage
            45 | brightness=1200 lm; power=rechargeable | night-walk, power-outage
            89 | brightness=3000 lm; power=rechargeable | search-far | tactical flashlight /
                searchlight
            29 | brightness=350 lm; power=rechargeable; wear=headband |
                hands-free-light, night-walk | headlamp / rechargeable headlamp
            25 | brightness=500 lm; power=3 D; type=lantern | light-tent, power-outage |
                camping lantern / LED lantern
        """,
        options="body: aluminum | rubber | plastic\ncolor: black | red | yellow",
        titles="""
            {brand} {brightness} {noun}
            {noun} {brightness} {power}[ - {color}]
            {power} {noun} {body}[ {brand}]
            {line} {noun} ({brightness})[ {model}]
            {color} {noun}, {brightness}
        """,
        pitches="""
            {brightness} at a press, low beam at two
            {body} body that survives a drop onto rock
            Fits a glove box or a pocket
        """,
        features="""zoom beam @!type | strobe mode | wrist strap | magnetic base | rated for rain |
            glow ring""",
        uses="""
            power-outage: blackouts and dark cellars
            night-walk: walking the dog at night
            search-far: seeing what is across the field
            hands-free-light: fixing things in the dark with both hands
            light-tent: light in a tent
        """,
        count=25,
    ),
)
