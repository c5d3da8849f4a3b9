"""Words as people type them, made comparable: no accents, no case, no punctuation, abbreviations spelled out."""

import re
import unicodedata

__all__ = ["GENERIC_WORDS", "fold", "has_digit", "spelled_out", "state_words", "words"]

# Letters that Unicode does not take apart, as they are commonly typed without their key.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i", "ß": "ss"})
_SILENT = re.compile(r"[.'`\u2019\u02bc]")
_GAP = re.compile(r"[\W_]+")

# One long form for each way of writing a word of an address. Where one abbreviation stands for two words ("st": street, saint;
# "dr": drive, doctor) all of them share one form, since what is compared is only whether two words may be the same.
_LONG_FORMS = {
    short: long
    for long, shorts in {
        "avenida": "av ave avda avenue",
        "boulevard": "blvd bulevar boul blv",
        "calle": "c cll",
        "callejon": "cjon",
        "calzada": "calz czda",
        "camino": "cno",
        "carretera": "carr",
        "colonia": "col",
        "fraccionamiento": "fracc frac",
        "privada": "priv",
        "prolongacion": "prol prolong",
        "poblado": "pob",
        "ejido": "ej",
        "unidad": "u",
        "seccion": "sec secc",
        "general": "gral gen",
        "licenciado": "lic",
        "ingeniero": "ing",
        "profesor": "prof profr",
        "coronel": "cnel",
        "presidente": "pdte",
        "santa": "sta",
        "santo": "sto",
        "norte": "nte",
        "oriente": "ote",
        "poniente": "pte",
        "street": "st saint str",
        "road": "rd",
        "drive": "dr doctor",
        "lane": "ln",
        "court": "ct",
        "place": "pl",
        "square": "sq",
        "terrace": "ter terr",
        "highway": "hwy",
        "parkway": "pkwy pky",
        "mount": "mt",
        "mountain": "mtn",
        "fort": "ft",
        "heights": "hts",
        "north": "n",
        "south": "s",
        "east": "e",
        "west": "w",
    }.items()
    for short in shorts.split()
}

_GENERIC = (
    "avenida boulevard calle callejon calzada camino carretera colonia fraccionamiento privada poblado unidad street road drive "
    "lane court place square highway parkway numero num no de del la las el los y of the and en da do dos cp zip"
)
GENERIC_WORDS = frozenset(_GENERIC.split())
"""Words that say what sort of thing a name stands for, or nothing: they may be missing on either side."""

_STATE_CODES = {
    "US": "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,"
    "DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,"
    "IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,"
    "MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,"
    "NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,"
    "PA Pennsylvania,PR Puerto Rico,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,"
    "VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming",
    "MX": "AGS Aguascalientes,BC Baja California,BCN Baja California,BCS Baja California Sur,CAMP Campeche,CHIS Chiapas,"
    "CHIH Chihuahua,COAH Coahuila,COL Colima,CDMX Ciudad de México,DF Ciudad de México,DGO Durango,GTO Guanajuato,GRO Guerrero,"
    "HGO Hidalgo,JAL Jalisco,MEX México,MICH Michoacán,MOR Morelos,NAY Nayarit,NL Nuevo León,OAX Oaxaca,PUE Puebla,"
    "QRO Querétaro,QROO Quintana Roo,SLP San Luis Potosí,SIN Sinaloa,SON Sonora,TAB Tabasco,TAMPS Tamaulipas,TLAX Tlaxcala,"
    "VER Veracruz,YUC Yucatán,ZAC Zacatecas",
}
"""USPS codes, and the customary abbreviations of the Mexican states (NOM-016 and INEGI), by country."""


def fold(text: str) -> str:
    """Lower case without accents; dots and apostrophes vanish, other punctuation becomes one space.

    ``fold("Blvd. Díaz-Ordaz") == "blvd diaz ordaz"``. Letters of other scripts stay, without their marks where NFKD parts them.
    """
    # Taken apart before and after the case goes: "🄐" holds a capital that only NFKD brings to light.
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter)).translate(_LETTERS)
    return _GAP.sub(" ", _SILENT.sub("", bare)).strip()


def words(text: str) -> list[str]:
    """The folded words of a text, as written."""
    return fold(text).split()


def spelled_out(word: str) -> str:
    """The long form of a folded word: ``av`` → ``avenida``; every other word is its own."""
    return _LONG_FORMS.get(word, word)


def has_digit(word: str) -> bool:
    """Whether a word is a number of some kind (a house, a postcode): those are never guessed at."""
    return any(letter.isdigit() for letter in word)


def _by_name_and_code() -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for country, table in _STATE_CODES.items():
        for entry in table.split(","):
            code, _, name = entry.partition(" ")
            both = (fold(code), *words(name))
            for key in (fold(code), fold(name)):
                found[country, key] = tuple(dict.fromkeys((*found.get((country, key), ()), *both)))
    return found


_STATE_WORDS = _by_name_and_code()


def state_words(state: str | None, country: str | None) -> tuple[str, ...]:
    """Every folded word by which a state is known: its name's words and its code, whichever of the two is given."""
    if not state:
        return ()
    folded = fold(state)
    return _STATE_WORDS.get((country or "", folded)) or tuple(folded.split())
