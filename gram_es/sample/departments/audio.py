"""Headphones and speakers."""

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
        lines="Aria Bud | Pulse Mini | Tone Dot | Beat Bit | Aria Two | Pulse Nova",
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
        features="""touch controls @battery | three tip sizes | pocket case |
            clear calls in wind @battery |
            find-my-bud tone @battery |
            low latency mode @battery | inline microphone @plug | tangle-free cord @plug""",
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
        lines="Drum | Pulse Go | Tone Block | Beat Box | Drum Mini | Pulse Max",
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
)
