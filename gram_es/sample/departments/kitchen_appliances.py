"""Kitchen appliances."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "electric kettle",
        path="Appliances > Kitchen Appliances > Kettles",
        nouns="electric kettle | kettle | cordless kettle",
        brands="Kelmont | Whirra | Brevo Home | Halvex",
        lines="Alba | Pip | Quick | Vera | Alba Nova | Pip Mini",
        builds="""
            19 | capacity=1 L; power=1000 W; material=plastic | boil-water | travel kettle /
                compact kettle
            29 | capacity=1.7 L; power=1500 W; material=plastic | boil-water
            39 | capacity=1.7 L; power=1500 W; material=stainless steel | boil-water
            45 | capacity=1.7 L; power=1500 W; material=glass | boil-water | glass electric kettle
            69 | capacity=1 L; power=1200 W; material=stainless steel; spout=gooseneck |
                pour-over | gooseneck kettle / pour-over kettle
            89 | capacity=1.5 L; power=1500 W; material=stainless steel;
                control=variable temperature | brew-green-tea, boil-water |
                    variable temperature kettle
        """,
        options="color: black | white | cream | red | silver | teal",
        varies="color",
        titles="""
            {brand} {line} {noun}, {capacity}[, {color}]
            {noun} {capacity} {power}[ - {material}]
            {brand} {model} {noun}[ {color}]
            {color} {noun} {capacity}[ ({brand} {line})]
            {brand} {noun} {control} {capacity}
            {line} {material} {noun}[, {power}][, {color}]
        """,
        pitches="""
            A full {capacity} boils in under five minutes
            Lifts off its base and pours without dribbling
            {power} under a hidden element
        """,
        features="""auto shut-off | boil-dry protection | removable limescale filter |
            water window on both sides | cord wrap under the base | keep-warm for 30 minutes""",
        uses="""
            boil-water: tea, instant soup and hot-water bottles
            pour-over: slow, exact pour-over coffee
            brew-green-tea: green and white teas that scald easily
        """,
        care="Descale with citric acid every few weeks",
    ),
    product_type(
        "blender",
        path="Appliances > Kitchen Appliances > Blenders",
        nouns="blender | countertop blender | jug blender",
        brands="Kelmont | Whirra | Brevo Home",
        lines="Vortex | Pip | Quick | Vortex Pro | Swirl | Quick Go",
        builds="""
            35 | power=400 W; capacity=1.5 L | crush-ice
            59 | power=800 W; capacity=1.7 L | crush-ice
            149 | power=1400 W; capacity=2 L | crush-ice, blend-soup | high-speed blender /
                pro blender
            29 | power=250 W; capacity=600 ml; jar=travel bottle | single-drinks |
                personal blender / bottle blender
            45 | power=150 W; capacity=400 ml; battery=rechargeable; jar=travel bottle |
                single-drinks | portable blender
            32 | power=600 W; type=immersion; jar=beaker | blend-soup | immersion blender /
                stick blender / hand blender
        """,
        options="color: black | white | red | silver\njar: glass jar | Tritan jar",
        titles="""
            {brand} {line} {noun} {power}
            {noun} {power} {capacity}[ {jar}][ - {color}]
            {brand} {noun}, {capacity}[, {color}]
            {color} {noun}[ with {jar}] {model}
            {line} {noun} | {power}[ | {jar}]
        """,
        pitches="""
            {power} turns frozen berries into silk
            Two speeds and a pulse, and no lumps
            Blends, pours and rinses clean in a minute
        """,
        features="""six-point steel blades | pulse button | dishwasher-safe parts |
            splash guard | suction feet | overload protection""",
        uses="""
            crush-ice: frozen drinks and crushed ice
            blend-soup: silky soups and sauces
            single-drinks: one protein shake before work
        """,
        care="A drop of dish soap, warm water, ten seconds",
        count=27,
    ),
    product_type(
        "toaster",
        path="Appliances > Kitchen Appliances > Toasters",
        nouns="toaster | toaster | wide-slot toaster",
        brands="Kelmont | Whirra | Brevo Home | Halvex",
        lines="Alba | Pip | Quick | Vera | Alba Retro | Pip Two",
        builds="""
            22 | slots=2 slice; power=800 W | toast-bread
            39 | slots=4 slice; power=1500 W | toast-bread
            34 | slots=2 slice; power=900 W; style=long slot | toast-bread | long-slot toaster
            79 | slots=6 slice; power=1500 W; style=convection | reheat-pizza, toast-bread |
                toaster oven / countertop toaster oven
        """,
        options="color: black | white | cream | red | silver | green",
        varies="color build",
        titles="""
            {brand} {slots} {noun}, {color}
            {noun} {slots} - {color}[ - {power}]
            {brand} {line} {noun}[ {slots}][ {color}]
            {line} {color} {slots} {noun}
            {color} {noun} {model}[ ({slots})]
        """,
        pitches="""
            Wide slots take bagels and thick-cut sourdough
            Seven browning levels, and the dial means what it says
            {color} shell, crumb tray, high lift
        """,
        features="""defrost button | bagel mode | removable crumb tray | high-lift lever |
            cancel at any time | warming rack""",
        uses="""
            toast-bread: toast, bagels and waffles at breakfast
            reheat-pizza: leftover pizza that comes out crisp
        """,
        care="Empty the crumb tray weekly",
        count=25,
    ),
    product_type(
        "coffee maker",
        path="Appliances > Kitchen Appliances > Coffee Makers",
        nouns="coffee maker | drip coffee maker | coffee machine",
        brands="Kelmont | Whirra | Brevo Home | Halvex",
        lines="Morning | Pip | Quick | Roast | Morning Pro | Pip Duo",
        builds="""
            29 | capacity=5 cup; type=drip | office-coffee
            49 | capacity=12 cup; type=drip | office-coffee
            89 | capacity=10 cup; type=drip; carafe=thermal carafe | office-coffee
            119 | capacity=1 cup; type=capsule; timer=manual | quick-coffee |
                capsule coffee machine / single-serve coffee maker
            289 | pressure=15 bar; type=espresso | latte | espresso machine /
                espresso maker with steam wand
            649 | pressure=15 bar; type=bean to cup | latte | bean-to-cup coffee machine /
                automatic espresso machine
            32 | capacity=8 cup; type=press; timer=manual | slow-coffee | French press / press pot
        """,
        options="color: black | white | silver | red\ntimer: programmable | manual | programmable",
        titles="""
            {brand} {line} {capacity} {noun}
            {noun} {color}[ - {timer}][ {capacity}]
            {brand} {noun} {model}[, {color}]
            {capacity} {timer} {noun}[ by {brand}]
            {line} {noun}, {pressure}[, {color}]
            {brand} {noun} {carafe}
        """,
        pitches="""
            Water at 200 F: the whole secret of a good cup
            Made for people who count the minutes until the first cup
            Small footprint under a wall cabinet
        """,
        features="""easy-fill water tank | dishwasher-safe parts | a scoop in the box |
            recipe card |
            non-drip spout | a two-year parts promise""",
        uses="""
            office-coffee: a full pot for the office or brunch guests
            quick-coffee: one cup in under a minute
            latte: lattes, cappuccinos and flat whites
            slow-coffee: rich coffee without paper filters
        """,
        care="Run a descaling cycle every two months",
    ),
    product_type(
        "slow cooker",
        path="Appliances > Kitchen Appliances > Slow Cookers",
        nouns="slow cooker | programmable slow cooker | slow cooker",
        brands="Whirra | Halvex | Brevo Home",
        lines="Simmer | Stew | Quick | Simmer Duo | Stew Max",
        builds="""
            25 | capacity=2 qt; shape=round | dips
            39 | capacity=4 qt; shape=oval | weeknight-stew
            55 | capacity=6 qt; shape=oval | weeknight-stew, pulled-pork
            69 | capacity=8 qt; shape=oval | pulled-pork
            99 | capacity=6 qt; type=multi cooker | weeknight-stew, pressure-cook |
                multi cooker / electric pressure cooker
        """,
        options="control: programmable | manual dial\ncolor: black | red | silver | white",
        titles="""
            {brand} {capacity} {noun}[, {control}]
            {noun} {capacity} - {color}
            {line} {control} {noun}[ ({capacity})]
            {brand} {line} {noun} {color} {model}
            {capacity} {shape} {noun}, {color}[ {brand}]
        """,
        pitches="""
            Fill it at breakfast, eat at seven
            {capacity} feeds a family with a second helping
            High, low and warm: three settings that do it all
        """,
        features="""lift-out stoneware insert | lid clips for travel | glass lid with gasket |
            auto switch to warm | cord storage""",
        uses="""
            dips: warm dips at a party
            weeknight-stew: stews and chili on weeknights
            pulled-pork: pulled pork for a crowd
            pressure-cook: beans and curries in half an hour
        """,
        care="Insert and lid go in the dishwasher",
        count=23,
    ),
)
