"""Electronics."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "headphones",
        path="Electronics > Audio > Headphones",
        nouns="headphones | over-ear headphones | wireless headphones",
        brands="Soundry | Voxarra | Nuvanta | Pluglet",
        lines="Aria | Pulse | Tone | Beat | Studio | Pulse Air | Tone Lite",
        builds="""
            19 | connection=wired; style=on-ear | | wired headphones / on-ear headphones
            59 | connection=Bluetooth; style=over-ear; battery=30 hour | listen-on-commute
            149 | connection=Bluetooth; style=over-ear; noise=noise cancelling; battery=40 hour |
                block-noise, listen-on-commute | noise cancelling headphones / ANC headphones
            249 | connection=Bluetooth; style=over-ear; noise=noise cancelling; battery=60 hour |
                block-noise | noise cancelling headphones
            129 | connection=wired; style=over-ear | mix-music | studio headphones /
                monitor headphones
            79 | connection=USB wireless; style=over-ear; microphone=boom microphone |
                gaming-setup, video-calls | gaming headset / headset
            29 | connection=Bluetooth; style=on-ear; age_group=kids | safe-volume |
                kids' headphones / volume-limited headphones
        """,
        options="color: black | white | navy | pink | silver",
        varies="color",
        titles="""
            {brand} {line} {noun}[, {color}]
            {noun} {connection} - {color}
            {brand} {model} {connection} {style} headphones
            {noun}[ with {microphone}][, {battery}], {color} {brand}
            {line} {noun} {noise}[ ({battery})]
            {color} {noun} {line} {model}
        """,
        pitches="""
            Warm bass, clear voices and pads you forget about
            {connection} sound and a fold-flat hinge
            The {style} fit keeps its clamp light
        """,
        features="""memory foam pads | fold-flat hinges | padded headband | carrying case |
            tangle-free cord in the box | replaceable ear pads""",
        uses="""
            listen-on-commute: music on the train
            block-noise: shutting out airplanes and open-plan offices
            mix-music: mixing and recording
            gaming-setup: hearing footsteps before they hear you
            video-calls: calls from home
            safe-volume: young ears
        """,
        count=33,
    ),
    product_type(
        "earbuds",
        path="Electronics > Audio > Earbuds",
        nouns="earbuds | wireless earbuds | true wireless earbuds",
        brands="Soundry | Voxarra | Nuvanta | Pluglet",
        lines="Aria Bud | Pulse Mini | Tone Dot | Beat Bit | Aria Sport | Pulse Fit",
        builds="""
            12 | connection=wired; plug=3.5 mm | | wired earbuds / in-ear buds
            39 | connection=Bluetooth; battery=24 hour | listen-on-commute
            99 | connection=Bluetooth; battery=30 hour; noise=noise cancelling |
                block-noise, listen-on-commute | noise cancelling earbuds
            69 | connection=Bluetooth; battery=20 hour; fit=ear hooks | workout-audio |
                sport earbuds / earbuds with ear hooks
        """,
        options="color: black | white | blue | pink",
        varies="color",
        titles="""
            {brand} {line} {noun}[, {color}]
            {noun} {connection}, {color}[ - {battery}]
            {color} {noun} {model}
            {brand} {noun} with {fit}
            {line} {noun}[ {noise}][, {battery} playtime]
        """,
        pitches="""
            Small enough to sleep in, loud enough for the subway
            {battery} with the case, and ten minutes buys two hours
            Sweat rolls off: rated IPX5
        """,
        features="""touch controls | three tip sizes | pocket case | clear calls in wind |
            find-my-bud tone |
            low latency mode""",
        uses="""
            listen-on-commute: podcasts on the way to work
            block-noise: noisy flights
            workout-audio: runs and gym sessions
        """,
        count=25,
    ),
    product_type(
        "bluetooth speaker",
        path="Electronics > Audio > Speakers",
        nouns="Bluetooth speaker | portable speaker | wireless speaker",
        brands="Soundry | Voxarra | Nuvanta | Pluglet",
        lines="Drum | Pulse Go | Tone Block | Beat Box | Drum Mini | Pulse Party",
        builds="""
            25 | power=5 W; battery=8 hour; protection=splashproof | shower-music
            59 | power=16 W; battery=12 hour; protection=waterproof | pool-party, shower-music
            129 | power=40 W; battery=20 hour; protection=waterproof | pool-party
            249 | power=100 W; battery=18 hour; protection=splashproof | big-party |
                party speaker / Bluetooth party speaker
            179 | power=30 W; control=voice assistant | kitchen-radio | smart speaker /
                Wi-Fi speaker
            149 | power=60 W; control=remote control | better-tv-sound | soundbar / TV soundbar
        """,
        options="color: black | blue | red | green | gray",
        varies="color",
        titles="""
            {brand} {line} {noun}, {color}
            {noun} {power} {protection}[ - {color}]
            {brand} {noun}[ {battery}][ ({color})]
            {protection} {noun}[ {line}], {power}
            {line} {color} {noun} {model}
        """,
        pitches="""
            {power} from a body the size of a mug
            Pairs in a second and remembers
            Two of them make stereo
        """,
        features="""passive bass radiators | stereo pairing | two-year firmware support |
            wide sound stage |
            three sound presets | simple pairing button""",
        uses="""
            shower-music: singing in the shower
            pool-party: beach days and pool afternoons
            big-party: parties that need volume
            kitchen-radio: radio and timers in the kitchen
            better-tv-sound: hearing what actors say
        """,
        count=25,
    ),
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
        lines="View | Tone View | Pane | View Curve | Clearline",
        builds="""
            119 | diagonal=24 in; resolution=1080p; refresh=75 Hz | home-study
            199 | diagonal=27 in; resolution=1440p; refresh=75 Hz | home-study
            329 | diagonal=27 in; resolution=4K; refresh=60 Hz | photo-editing
            269 | diagonal=27 in; resolution=1440p; refresh=165 Hz | gaming-setup | gaming monitor
            449 | diagonal=34 in; resolution=1440p; refresh=144 Hz; shape=curved ultrawide |
                gaming-setup, many-windows | ultrawide monitor / curved monitor
            159 | diagonal=16 in; resolution=1080p; refresh=60 Hz | second-laptop-view |
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
        features="""USB-C with 65 W | two HDMI ports | VESA mount | flicker-free backlight |
            pivot to portrait | built-in speakers""",
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
            Pairs with three devices and switches by a key
        """,
        features="""backlight | hot-swap sockets | spill drain | quiet keycaps | fold-out feet |
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
            65 | capacity=1000 GB; interface=USB-C | back-up-files | portable SSD / external SSD
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
            {capacity} on a key ring
            {interface} moves a film in under a minute
            Small enough for a coin pocket
        """,
        features="""key-ring loop | password tool | activity light | sliding cap |
            five-year warranty""",
        uses="""
            carry-files: carrying documents between computers
            move-photos: moving photos off a phone
            back-up-files: backing up a laptop
        """,
        count=23,
    ),
)
