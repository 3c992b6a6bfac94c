import json
import subprocess
from collections.abc import Callable

import pytest

from ingest.feeds.rows.markup import single_line, without_markup

MEGABYTE = 1 << 20
PARTS = (
    *("<b>", "<div>", "<b><p>", "<table><tr><td>", "</p>", "<a ", "<a b='", "<x ", "<script>"),
    *("<!--", "-->", "<![CDATA[", "<![", "<?", "&", "&lt;", "&amp;lt;", "data:", "data:a/b;"),
)
REMOVE_ALL = """
import json, sys
from ingest.feeds.rows.markup import without_markup

for part in json.loads(sys.argv[2]):
    watch()
    without_markup(part * (int(sys.argv[1]) // len(part)))
    print(ascii(part), flush=True)
"""


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("<p>One</p><ul><li>two</li><li>three</li></ul>", "One two three"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("one<br/>two<hr>three", "one two three"),
        (
            "<b>So</b>lid, 5 m<sup>2</sup>, un<wbr>break<span>able</span>",
            "Solid, 5 m2, unbreakable",
        ),
        ("&lt;p&gt;Dark&lt;/p&gt;", "Dark"),
        ("&amp;lt;b&amp;gt;x&amp;lt;/b&amp;gt; &amp;amp;euro; 5", "x € 5"),
        ("<![CDATA[<p>in</p>]]> <![if !lists]>and<![endif]> <![5 out<br>", "in and 5 out"),
        ("<script>x('<p>')</script>a<style>p{}</style><!-- no -->b", "a b"),
        ("<o:p>a</o:p><my-note>b</my-note>", "a b"),
        ("up to < 5 kg, a<b, <max>, 3<4 & R&D<br>", "up to < 5 kg, a<b, <max>, 3<4 & R&D"),
        ("<http://shop.example> <i>x</i>", "<http://shop.example> x"),
        ("AT&T &region; &reg", "AT&T &region; &reg"),
        ("no tags\nbut lines", "no tags\nbut lines"),
        ("x <!-- never closed <b>y</b>", "x <!-- never closed y"),
        ('<img src="data:image/png;base64,QUJD">a', "a"),
        ("a data:image/png;base64,QUJD/+= b", "a   b"),
        ("<a title='1>0'>link</a>", "link"),
        ("<", "<"),
        ("<svg><text>hidden</text><path d='M0'/></svg>shown", "shown"),
    ],
)
def test_markup_becomes_words(written: str, text: str) -> None:
    assert without_markup(written) == text


def test_a_megabyte_of_hostile_markup_hangs_nothing(
    run_guarded: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    finished = run_guarded(REMOVE_ALL, str(MEGABYTE), json.dumps(PARTS))

    assert finished.stdout.splitlines() == [ascii(part) for part in PARTS], finished.stderr[-2_000:]


def test_an_address_of_data_that_never_ends_takes_linear_time() -> None:
    text = "data:image/" + "a" * 200_000

    assert without_markup(text) == text


def test_marks_where_a_word_may_break_are_no_part_of_it() -> None:
    assert single_line("Wasser\u00adkocher Tee\u200bkanne &shy;neu") == "Wasserkocher Teekanne neu"
