"""Availability as shops write it, and the six values that the index knows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gram_es.text.unicode_form import unicode_form

_MAX_CHARACTERS = 64
"""The length up to which the index stores an availability as a value to filter by."""

# The spellings of each value, without case, accents, blanks and punctuation.
_SPELLINGS = {
    "in_stock": """
        instock available availablenow instoreonly onlineonly isinstock availableinstock
        yes y true t onstock ready readytoship availablefororder availableimmediately
        immediatelyavailable availabletoorder orderable
        auflager lagernd lieferbar sofortlieferbar sofortverfugbar verfugbar vorratig ja
        aufvorrat sofortabvorratlieferbar onlineverfugbar lageware lagerware
        enstock disponible dispo oui disponibleenstock
        disponibile disponibileinmagazzino inmagazzino si
        enexistencia enexistencias haystock
        opvoorraad leverbaar leverbar beschikbaar directleverbaar voorradig
        palager ilager palageret finnspalager tillganglig tilgjengelig
        varastossa saatavilla skladem skladom dostupne dostupny nasklade nastanie wmagazynie
        dostepny dostepna dostepne tak emestoque disponivel emstock sim
        raktaron instoc stokta stoktavar varstokta вналичии внаявності наличен налично
        sofortversandfertig versandfertig shipstoday inofflinestock instockonline
        disponibilidadinmediata disponibleimmediatement
        在庫あり 有货 現貨 现货 有貨 有現貨 有现货 재고있음
    """,
    "out_of_stock": """
        outofstock soldout notavailable unavailable notinstock nostock oos no n false f out
        currentlyunavailable currentlyoutofstock temporarilyoutofstock temporarilyunavailable
        outstock reserved notforsale
        ausverkauft nichtauflager nichtlieferbar nichtverfugbar vergriffen nein nichtvorratig
        derzeitnichtverfugbar derzeitnichtlieferbar zurzeitnichtlieferbar momentannichtlieferbar
        horsstock rupturedestock enrupture enrupturedestock rupture epuise indisponible
        nondisponible non
        agotado sinexistencias sinstock nodisponible fueradestock
        esaurito nondisponibile esauritoinmagazzino
        uitverkocht nietopvoorraad nietleverbaar nietbeschikbaar nee
        slutilager udsolgt ikkepalager utsolgt slutsald slutsalgt ejilager
        eivarastossa loppu vyprodano vypredane nedostupne neniskladem brak brakwmagazynie
        niedostepny niedostepna niedostepne esgotado indisponivel semestoque foradeestoque
        nincsraktaron stocepuizat nuestedisponibil tukendi stoktayok нетвналичии немаєвнаявності
        wyprzedane wyprzedany eladva pardavusi sprzedane
        изчерпан распродано
        在庫なし 在庫切れ 売り切れ 品切れ 缺货 售罄 無貨 缺貨 품절
    """,
    "preorder": """
        preorder presale presell comingsoon preorderonly availableforpreorder preorderable
        upcoming prelaunch vorbestellung vorbestellbar vorbestellen vorverkauf demnachst
        demnachstverfugbar precommande enprecommande prevente bientotdisponible preventa reserva
        prevendita preordine inarrivo pruhod preorderen voorbestelling voorverkoop binnenkort
        forhandsbestill forudbestil forhandsbokning predobjednavka przedsprzedaz prevenda
        availablesoon backinstocksoon zumvorbestellen vorbestellungmoglich baldverfugbar
        предзаказ 予約 予約受付中 预售 預購
    """,
    "backorder": """
        backorder onbackorder backordered backorderable availableonbackorder availablebackorder
        onorder availableonorder madetoorder specialorder ordered allowbackorder
        nachbestellung nachbestellt aufbestellung aufanfragelieferbar bestellbar bestellware
        surcommande encommande enreapprovisionnement reapprovisionnement bajopedido bajodemanda
        suordinazione ordinabile opbestelling innabestelling nabestelling nabestelbaar
        bestallningsvara bestillingsvare naobjednavku nazamowienie sobencomenda подзаказ
        availableonrequest onrequest aufanfrage aufbestellungverfugbar surdemande surrichiesta
        bajopeticion opaanvraag nazapytanie wirdnachbestellt
        取り寄せ お取り寄せ 缺货可订
    """,
    "limited": """
        limited limitedavailability limitedstock lowstock lowinstock lowinventory fewleft
        afewleft onlyafewleft onlyfewleft almostsoldout almostgone lastitems lastone onlyleft
        left lastitemsinstock
        geringerbestand nurnochwenige nurnochwenigeverfugbar wenigeverfugbar begrenztverfugbar
        restposten stocklimite derniersarticles dernierespieces derniersarticlesenstock
        ultimasunidades pocasunidades ultimipezzi disponibilitalimitata disponibilidadlimitada
        beperktevoorraad beperktleverbaar laatstestuks begransatlager fapalager faerrepalager
        nurnochauflager nurnochverfugbar nurnochstuck nurnochstuckverfugbar nurnochstuckauflager
        abverkauf plusque plusqueenstock onlyinstock leftinstock soloquedan
        nogmaar
        ostatnisztuki ostatniesztuki poslednikusy 残りわずか
    """,
    "discontinued": """
        discontinued endoflife eol retired obsolete nolongeravailable nolongersold
        permanentlyunavailable outofproduction nichtmehrlieferbar nichtmehrverfugbar
        eingestellt abgekundigt auslaufartikelvergriffen arrete finderie findeserie
        descatalogado descontinuado fuoriproduzione nietmeerleverbaar utgatt udgaet ukoncene
        wycofany wycofane 販売終了 停产
    """,
}


def _key(text: str) -> str:
    """Return the letters of a text without case and accents."""
    decomposed = unicode_form("NFKD", text.casefold())
    return "".join(char for char in decomposed if char.isalpha())


_VALUE_OF: Mapping[str, str] = {
    _key(spelling): value
    for value, spellings in _SPELLINGS.items()
    for spelling in spellings.split()
}
_PLACEHOLDERS = frozenset(
    ("na", "null", "none", "nil", "unknown", "unbekannt", "inconnu", "desconocido", "undefined")
)
# A member of schema.org's enumeration, as an address, with a prefix, or as code names it.
_MEMBER = re.compile(
    r"\w{0,5}:?//|schema:|(?:www\.)?schema\.org/|itemavailability\.", re.IGNORECASE
)
_QUANTITY = re.compile(r"[>≥~]? ?[+-]?\d+(?:[.,]0+)?\+?")
_CLAUSE_END = re.compile(r"[,;:()|\n]| [-–—] ")
_SEPARATORS = re.compile(r"[\s_\-]+")


def read_availability(written: str) -> str | None:
    """Return one of the six values, or the text in lower case if it is none of them.

    A placeholder such as ``n/a`` is no value. A number is the quantity in stock. A web address
    counts by its last part. Of a text such as "In stock, ships in 2 days", the first clause counts.
    """
    value = known_availability(written)
    text = written.strip().lower()
    if value or not (key := _key(text)) or key in _PLACEHOLDERS:
        return value
    return _SEPARATORS.sub("_", text)


def known_availability(written: str) -> str | None:
    """Return one of the six values, or ``None`` if the text is none of their spellings."""
    text = written.strip()[:_MAX_CHARACTERS]
    if _MEMBER.match(text):
        text = re.split(r"[/#:.]", text.rstrip("/#"))[-1]
    if _QUANTITY.fullmatch(text):
        return "in_stock" if any(char in "123456789" for char in _whole(text)) else "out_of_stock"
    first_clause = _CLAUSE_END.split(text, maxsplit=1)[0]
    return _value(text) or (_value(first_clause) if first_clause != text else None)


def _whole(quantity: str) -> str:
    """Return the digits before the decimals; none if the quantity is below zero."""
    return "" if quantity.startswith("-") else re.split(r"[.,]", quantity)[0]


def _value(text: str) -> str | None:
    """Return the value of a whole text; a number in it is the quantity in stock."""
    value = _VALUE_OF.get(_key(text))
    quantity = re.search(r"\d+", text)
    if value in ("in_stock", "limited") and quantity is not None and not int(quantity[0]):
        return "out_of_stock"
    return value
