"""Office and school."""

from gram_es.sample.kinds import product_type

TYPES = (
    product_type(
        "notebook",
        path="Office & School > Paper > Notebooks",
        nouns="notebook | notebook | journal",
        brands="Quillmark | Deskery | Inkwell & Ash | Papyrine",
        lines="Margin | Bulk | Folio | Leaf | Margin Two | Study",
        builds="""
            4 | size=A5; pages=96 pages; cover=soft cover | take-notes
            9 | size=A5; pages=192 pages; cover=hard cover | take-notes, keep-diary
            12 | size=A4; pages=192 pages; cover=hard cover | take-notes
            6 | size=8.5 x 11 in; pages=140 pages; binding=spiral | school-notes |
                spiral notebook / college notebook
            29 | size=A5; pages=240 pages; cover=leather | keep-diary | leather journal /
                refillable journal
            8 | size=3.5 x 5.5 in; pages=64 pages; pack=3 pack | pocket-notes | pocket notebooks
        """,
        options="""
            ruling: lined | dotted | squared | blank
            color: black | navy | red | green | yellow
        """,
        varies="color",
        titles="""
            {brand} {size} {noun}, {ruling}
            {noun} {size} {ruling}[ - {color}]
            {color} {cover} {noun}[ {pages}]
            {brand} {line} {noun} ({ruling}, {color})
            {ruling} {noun} {size}, {pages}[ {model}]
        """,
        pitches="""
            {pages} of cream paper that fountain ink does not bleed through
            {ruling} pages, thread sewn, opens flat
            An elastic band keeps it shut in a bag
        """,
        features="""ribbon marker | numbered pages | back pocket | perforated corners |
            lay-flat binding | index""",
        uses="""
            take-notes: meetings and lectures
            keep-diary: a diary or a sketch a day
            school-notes: one subject a semester
            pocket-notes: lists and ideas on the go
        """,
        count=27,
    ),
    product_type(
        "ballpoint pen",
        path="Office & School > Writing > Pens",
        nouns="ballpoint pen | ballpoint pens | retractable ballpoint pens",
        brands="Quillmark | Deskery | Inkwell & Ash | Papyrine",
        lines="Script | Bulk | Nib | Leaf | Script Plus",
        builds="""
            5 | point=1.0 mm; pack=10 pack | everyday-writing
            9 | point=0.7 mm; pack=12 pack | everyday-writing
            14 | point=1.0 mm; pack=50 pack | office-supply | bulk ballpoint pens / stick pens
            11 | point=0.5 mm; pack=6 pack; ink=gel | fine-writing | gel pens / fine gel pens
            39 | point=0.7 mm; body=brass | sign-documents | brass ballpoint pen / executive pen
            79 | point=0.5 mm; body=resin; nib=steel nib | sign-documents, fine-writing |
                fountain pen
        """,
        options="color: black | blue | red",
        varies="color",
        titles="""
            {brand} {noun}, {color}[, {pack}]
            {noun} {point} {color} ink[ - {pack}]
            {pack} {color} {noun}[ {brand}]
            {line} {noun} {point}[ ({color})]
            {brand} {line} {body} {noun}
        """,
        pitches="""
            Writes from the first stroke, also after a summer in a drawer
            {point} tip, {color} ink, dries before you turn the page
            A weight that rests easily in the hand
        """,
        features="""rubber grip @pack | click top @pack | archival ink | metal clip |
            takes standard refills""",
        uses="""
            everyday-writing: everyday writing
            office-supply: the reception desk and the stock cupboard
            fine-writing: small, neat writing
            sign-documents: signing what matters
        """,
        count=23,
    ),
    product_type(
        "stapler",
        path="Office & School > Desk Supplies > Staplers",
        nouns="stapler | desktop stapler | stapler",
        brands="Deskery | Quillmark | Papyrine",
        lines="Bulk | Clip | Leaf | Margin | Grip",
        builds="""
            8 | sheets=15 sheets; staples=half strip | bind-papers | mini stapler / compact stapler
            14 | sheets=25 sheets; staples=full strip | bind-papers
            34 | sheets=100 sheets; staples=heavy duty | bind-thick-stack | heavy-duty stapler
            29 | sheets=20 sheets; type=electric | office-supply, bind-papers | electric stapler
            16 | sheets=30 sheets; type=long reach | make-booklets | long-reach stapler /
                booklet stapler
        """,
        options="color: black | red | gray | blue | white",
        varies="color",
        titles="""
            {brand} {noun}, {sheets}[, {color}]
            {noun} {color} - {sheets}
            {color} {noun}[ {staples}] {brand}
            {line} {noun} ({sheets})[ {model}]
        """,
        pitches="""
            Goes through {sheets} without a bent leg
            A {color} metal body that stays on the desk
            Opens flat for pinning
        """,
        features="""jam-free channel | built-in remover | rubber base | 1,000 staples included |
            low-force lever""",
        uses="""
            bind-papers: reports and receipts
            bind-thick-stack: thick stacks
            office-supply: a shared print corner
            make-booklets: booklets and programs
        """,
        count=21,
    ),
    product_type(
        "copy paper",
        path="Office & School > Paper > Printer Paper",
        nouns="copy paper | printer paper | multipurpose paper",
        brands="Papyrine | Deskery | Quillmark",
        lines="Leaf | Bulk | Margin | Leaf Office | Bright",
        builds="""
            7 | size=8.5 x 11 in; weight=20 lb; sheets=500 sheets | print-documents
            34 | size=8.5 x 11 in; weight=20 lb; sheets=2500 sheets | print-documents, office-supply
            12 | size=8.5 x 11 in; weight=28 lb; sheets=500 sheets | print-resume |
                premium copy paper / laser paper
            14 | size=8.5 x 11 in; weight=65 lb; sheets=100 sheets | craft-cards | cardstock
            19 | size=4 x 6 in; sheets=100 sheets; finish=glossy | print-photos | photo paper /
                glossy photo paper
            11 | size=11 x 17 in; weight=20 lb; sheets=250 sheets | print-documents | tabloid paper
        """,
        options="brightness: 92 bright | 96 bright | 98 bright\ncontent: recycled | virgin fiber",
        titles="""
            {brand} {noun} {size}, {sheets}
            {noun} {weight} {sheets}[ - {brightness}]
            {content} {noun} {size} ({sheets})
            {line} {noun}, {weight}, {size}[ {brand}]
        """,
        pitches="""
            {sheets} that feed without jams
            {brightness} white with a smooth finish
            {content}, acid free, same on both sides
        """,
        features="""jam-free guarantee | acid free | moisture-proof wrap |
            works in inkjet and laser printers""",
        uses="""
            print-documents: everyday printing
            office-supply: busy shared printers
            print-resume: resumes and proposals
            craft-cards: cards and crafts
            print-photos: holiday photos
        """,
        count=21,
    ),
)
