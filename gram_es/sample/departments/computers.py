"""Computers and phone accessories."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "power bank",
        path="Electronics > Phone Accessories > Power Banks",
        nouns="power bank | power bank | slim power bank",
        brands="Voxarra | Nuvanta | Pluglet | Kitewave",
        lines="Reserve | Tone Cell | Juice | Fuel | Reserve Slim | Juice Max",
        builds="""
            18 | capacity=5000 mAh; output=12 W | phone-on-the-go
            27 | capacity=10000 mAh; output=20 W | phone-on-the-go
            45 | capacity=20000 mAh; output=30 W | long-trip-power
            89 | capacity=27000 mAh; output=100 W | long-trip-power, laptop-on-the-go |
                laptop power bank
            39 | capacity=10000 mAh; output=15 W; wireless=magnetic | phone-on-the-go |
                magnetic power bank / wireless power bank
            55 | capacity=20000 mAh; output=20 W; solar=solar panel | camping-power |
                solar power bank
        """,
        options="color: black | white | blue | green",
        varies="color build",
        titles="""
            {brand} {noun} {capacity}[, {color}]
            {capacity} {noun} {output}
            {brand} {line} {noun}[ {model}] {capacity}
            {noun} {capacity} w/ {output} output - {color}
            {line} {noun}[, {solar}], {color}
        """,
        pitches="""
            {capacity} in a shell the size of a chocolate bar
            {output} over USB-C fills a phone halfway in half an hour
            Cabin-safe for air travel
        """,
        features="""USB-C in and out | pass-through power | four LED dots | two ports at once |
            short cable included | flight safe""",
        uses="""
            phone-on-the-go: a phone that dies by four o'clock
            long-trip-power: weekends away from an outlet
            laptop-on-the-go: laptops in airport lounges
            camping-power: camping trips
        """,
        count=25,
    ),
    product_type(
        "usb cable",
        path="Electronics > Phone Accessories > Cables",
        nouns="USB cable | charging cable | cable",
        brands="Kitewave | Nuvanta | Pluglet",
        lines="Braid | Tone Link | Link | Braid Pro | Flex",
        builds="""
            9 | connector=USB-C to USB-C; length=3 ft; power=60 W | charge-phone
            12 | connector=USB-C to USB-C; length=6 ft; power=100 W | charge-laptop, charge-phone
            8 | connector=USB-A to USB-C; length=3 ft | charge-phone
            10 | connector=USB-A to USB-C; length=6 ft | charge-phone
            14 | connector=USB-C to Lightning; length=6 ft | charge-phone
            7 | connector=USB-A to micro USB; length=3 ft
            16 | connector=USB-C to HDMI; length=6 ft | connect-tv | USB-C to HDMI cable /
                video cable
        """,
        options="color: black | white | red | gray\njacket: braided nylon | silicone | PVC",
        varies="color build",
        titles="""
            {brand} {connector} cable {length}[, {color}]
            {noun} {connector} ({length})[ {power}]
            {length} {connector} {noun} - {jacket}
            {brand} {line} {jacket} {noun}[ {length}] {connector}
            {line} {connector} {length} {color}
        """,
        pitches="""
            {jacket} over a core that survives ten thousand bends
            {length} reaches from the outlet to the pillow
            Carries data and power
        """,
        features="""aluminum plugs | strain relief | cable tie | nickel-plated contacts |
            e-marker chip""",
        uses="""
            charge-phone: topping up phones and tablets
            charge-laptop: powering laptops
            connect-tv: showing a laptop on the TV
        """,
        count=25,
    ),
    product_type(
        "monitor",
        path="Electronics > Computers > Monitors",
        nouns="monitor | computer monitor | LED monitor",
        brands="Voxarra | Nuvanta | Pluglet",
        lines="View | Tone View | Pane | View Plus | Clearline",
        builds="""
            119 | diagonal=24 in; resolution=1080p; refresh=75 Hz | home-study
            199 | diagonal=27 in; resolution=1440p; refresh=75 Hz | home-study
            329 | diagonal=27 in; resolution=4K; refresh=60 Hz | photo-editing
            269 | diagonal=27 in; resolution=1440p; refresh=165 Hz | gaming-setup | gaming monitor
            449 | diagonal=34 in; resolution=1440p; refresh=144 Hz; shape=curved ultrawide |
                gaming-setup, many-windows | ultrawide monitor / curved monitor
            159 | diagonal=16 in; resolution=1080p; refresh=60 Hz; stand=tilt only |
            second-laptop-view |
                portable monitor
        """,
        options="panel: IPS | VA\nstand: height adjustable | tilt only",
        titles="""
            {brand} {diagonal} {noun}[ {resolution}][ {refresh}]
            {noun} {diagonal} {resolution} {panel}[ - {brand}]
            {brand} {line} {model} {diagonal} {noun}
            {diagonal} {resolution} {noun}[, {stand}]
            {line} {noun} {diagonal} | {refresh} | {panel}
        """,
        pitches="""
            {resolution} on {diagonal}: sharp text all day
            {panel} color that stays true from the side
            Thin edges on three sides
        """,
        features="""USB-C with 65 W | two HDMI ports @diagonal!=16 in |
            VESA mount @diagonal!=16 in | flicker-free backlight |
            pivot to portrait @diagonal!=16 in | built-in speakers""",
        uses="""
            home-study: spreadsheets and email
            photo-editing: editing photos
            gaming-setup: fast shooters
            many-windows: many windows side by side
            second-laptop-view: a second workspace on the road
        """,
        count=25,
    ),
    product_type(
        "keyboard",
        path="Electronics > Computers > Keyboards",
        nouns="keyboard | computer keyboard | wireless keyboard",
        brands="Voxarra | Nuvanta | Pluglet | Kitewave",
        lines="Type | Tone Keys | Keys | Clack | Type Slim",
        builds="""
            15 | connection=wired; switches=membrane | | wired keyboard / keyboard
            39 | connection=Bluetooth; switches=scissor | type-on-tablet
            89 | connection=wired; switches=mechanical | gaming-setup | mechanical keyboard /
                mechanical gaming keyboard
            119 | connection=Bluetooth; switches=mechanical | | wireless mechanical keyboard
            69 | connection=Bluetooth; switches=scissor; shape=split | wrist-pain |
                ergonomic keyboard / split keyboard
            35 | connection=USB wireless; switches=membrane; set=with mouse | home-study |
                keyboard and mouse set / wireless keyboard combo
        """,
        options="color: black | white | gray | pink\nlayout: full size | tenkeyless | 60 percent",
        titles="""
            {brand} {line} {noun}[ {connection}]
            {noun} {layout} {color}
            {brand} {switches} {noun}[, {layout}]
            {color} {noun} {connection}[ - {switches} keys]
            {line} {noun} {model}[ ({layout})]
        """,
        pitches="""
            {switches} keys with a crisp return
            {layout} layout in {color}
            Pairs with three devices and switches by a key @connection=Bluetooth
        """,
        features="""backlight | hot-swap sockets @switches=mechanical | spill drain |
            quiet keycaps | fold-out feet |
            wrist rest""",
        uses="""
            type-on-tablet: typing on a tablet
            gaming-setup: late-night gaming
            wrist-pain: sore wrists
            home-study: a tidy desk
        """,
        count=23,
    ),
    product_type(
        "flash drive",
        path="Electronics > Computers > Storage",
        nouns="USB flash drive | flash drive | USB drive",
        brands="Nuvanta | Pluglet | Kitewave",
        lines="Tone Bit | Bit | Store | Tone Duo | Keep",
        builds="""
            7 | capacity=32 GB; interface=USB 3.0
            10 | capacity=64 GB; interface=USB 3.0
            15 | capacity=128 GB; interface=USB 3.2
            26 | capacity=256 GB; interface=USB 3.2
            22 | capacity=128 GB; interface=USB-C and USB-A | move-photos | dual flash drive
            65 | capacity=1000 GB; interface=USB-C; body=metal | back-up-files |
            portable SSD / external SSD
        """,
        options="color: black | silver | blue | red\nbody: metal | plastic | capless",
        varies="build",
        titles="""
            {brand} {capacity} {noun}[ {interface}]
            {noun} {capacity} - {body}[, {color}]
            {line} {noun} {interface} {capacity}
            {brand} {line} {capacity} {noun} ({color})
        """,
        pitches="""
            {capacity} on a key ring @capacity!=1000 GB
            {interface} moves a film in under a minute
            Small enough for a coin pocket
        """,
        features="""key-ring loop @capacity!=1000 GB | password tool | activity light |
            sliding cap @capacity!=1000 GB |
            five-year warranty""",
        uses="""
            carry-files: carrying documents between computers
            move-photos: moving photos off a phone
            back-up-files: backing up a laptop
        """,
        count=23,
    ),
)
