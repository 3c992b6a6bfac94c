import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gram_es.text.normalise import normalise


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("DEWALT 20V MAX", "dewalt 20 volt max"),
        ("tent for 4 people", "tent for 4 person"),
        ("1-1/2 in. x 4 ft.", "1.5 inch x 4 foot"),
        ('1½" pipe', "1.5 inch pipe"),
        ("4x8 plywood", "4 x 8 plywood"),
        ("5gal bucket", "5 gallon bucket"),
        ("0.5 l bottle", "500 ml bottle"),
        ("half-litre bottle", "500 ml bottle"),
        ("quarter inch drill, half round", "0.25 inch drill half round"),
        ("1000 g", "1 kg"),
        ("10,000 BTU", "10000 btu"),
        ("2,5 GHz", "2.5 ghz"),
        ("sizes 6,8,10", "sizes 6 8 10"),
        ("2 in 1 laptop", "2in1 laptop"),
        ("10-in-1 tool, 3in1", "10in1 tool 3in1"),
        ("Cat6a, CAT. 6A and category 6a", "cat6a cat6a and cat6a"),
        ("Cat 5e cable 2A", "cat5e cable 2 amp"),
        ("4 in 1 inch pipe", "4 in 1 inch pipe"),
        ("1550 ml", "1550 ml"),
        ("dv7-1211ea", "dv 7 1211 ea"),
        ("Men's Café", "mens cafe"),
        ("20A fuse on A4 paper", "20 amp fuse on a 4 paper"),
        ("27 sq. ft.", "27 sq ft"),
        ("R&D™", "rd"),
        ("Q&T's and F&Os", "qts and fos"),
        ("K & R mug", "kr mug"),
        ("vitamin K & R", "vitamin k and r"),
        ("oak & ash", "oak and ash"),
        ("oak&ash", "oak and ash"),
        ("K.O.R lamp by K.O.R.", "kor lamp by kor"),
        ("K.R.Mason, St. Ives", "kr mason st ives"),
        ("Z++ and Z#", "zplusplus and zsharp"),
        ("ASP.NET, .NET", "asp dotnet dotnet"),
        ("class A+++", "class aplusplusplus"),
        ("Ｆｕｌｌ ﬁne", "full fine"),
        ("Akku\u00adbohrer für Straße, KIRMIZI kırmızı", "akkubohrer fur strasse kirmizi kirmizi"),
        ("Tiếng Việt, Smørebrød, Łódź", "tieng viet smorebrod lodz"),
        ("Зелёный чайник 2 л", "зеленый чайник 2 л"),
        ("कॉटन की साड़ी", "कॉटन की साड़ी"),
        ("สว่านไร้สาย 18V", "สว่านไร้สาย 18 volt"),
        ("무선 드릴", "무선 드릴"),
        ("ﾊﾞｯｸﾞ", "バッグ"),
        ("قَلَم حِبْر كـتاب", "قلم حبر كتاب"),
        ("בית־ספר שָׁלוֹם", "בית ספר שלום"),
        ("می\u200cخواهم", "می خواهم"),
        ("⚒\ufe0f hammer™\ufe0f 1\ufe0f\u20e3 a‿b", "hammer 1 a b"),
        ("\x00\u202e", ""),
    ],
)
def test_normal_form(written: str, normal: str):
    assert normalise(written) == normal


def test_very_long_numbers_are_not_converted():
    digits = "7" * 5_000

    assert normalise(f"{digits} 1/2 l") == f"{digits} 500 ml"
    assert normalise(f"{digits} kg") == f"{digits} kg"


@given(st.text(max_size=60))
def test_any_text_has_a_normal_form_of_single_blanks(text: str):
    assert normalise(text) == " ".join(normalise(text).split())


@given(st.text(alphabet="ab1 2./-x\"'éßıøйёβ", max_size=20))
def test_writing_in_capitals_changes_nothing(text: str):
    assert normalise(text.upper()) == normalise(text)


@given(st.text(max_size=60))
def test_the_normal_form_does_not_depend_on_unicode_composition(text: str):
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(text)  # noqa: TID251
