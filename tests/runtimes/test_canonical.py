"""Canonical forms: the same value is the same on every Python, and what differs is told."""

from __future__ import annotations

import functools
import pickle
from typing import Any, Optional

import pytest

from conftest import python
from runtimes.opened import running, target
from shelflife.pickles.reader import Job, Reader
from shelflife.runtimes import open_target
from shelflife.verdicts.canonical import difference

VERSIONS = ["2.7", "3.6", "3.8", "3.13"]
ALL = ["2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"]
VALUES = """
None
[True, 1, 2**70, -1.5, float('nan'), float('-inf'), 1+2j]
'text'
u'caf\\xe9'
u'\\U0001f600' * 40
b'bytes'
bytearray(b'x')
'x' * 1000
{'a': 1, 2: (3, None), (1, 2): {1, 2}, frozenset([1, (2, 3)]): []}
{(1, 'a'), (2, 'b'), frozenset(['c'])}
datetime.datetime(2020, 1, 2, 3, 4, 5, 6)
datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
datetime.datetime(2020, 1, 2, fold=1)
datetime.timedelta(1, 2, 3)
zoneinfo.ZoneInfo('Europe/Berlin')
decimal.Decimal('1.10')
decimal.Decimal('NaN')
fractions.Fraction(3, 4)
uuid.UUID(int=5)
pathlib.PurePosixPath('/a/b')
ipaddress.ip_network('10.0.0.0/8')
collections.OrderedDict([('b', 1), ('a', 2)])
collections.Counter('abca')
collections.defaultdict(list, {'a': [1]})
collections.deque([1, 2], 3)
range(0, 10, 3)
re.compile('a+', re.I)
array.array('d', [1.5])
http.HTTPStatus.OK
re.I | re.M
socket.timeout('t')
ssl.CertificateError('x')
OSError(2, 'no', 'f')
KeyError('k')
UnicodeDecodeError('ascii', b'x', 0, 1, 'r')
subprocess.CalledProcessError(1, 'x')
configparser.NoOptionError('o', 's')
optparse.OptionError('m', 'o')
time.gmtime(0)
os.stat('/')
argparse.Namespace(a=1)
functools.partial(int, base=2)
operator.itemgetter(1)
itertools.count(3)
iter([1, 2])
io.BytesIO(b'abc')
random.Random(5)
len
bytes
collections.OrderedDict
xml.etree.ElementTree.fromstring('<a b="c">t<d/>e</a>')
email.message_from_string('A: b')
Cookie.SimpleCookie('a=b')
logging.getLogger('x')
inspect.Parameter('a', inspect.Parameter.POSITIONAL_ONLY)
typing.Dict[str, typing.Optional[int]]
list[int]
int | str
typing.Any
[x for x in [[]] if not x.append(x)][0]
""".strip().splitlines()
SETUP = """
import importlib, re, sys, types

def make(source):
    names = {}
    for name in re.findall(r'[A-Za-z_]+(?:\\.[A-Za-z_]+)*', source):
        parts = name.split('.')
        for end in range(1, len(parts) + 1):
            try:
                importlib.import_module('.'.join(parts[:end]))
                names[parts[0]] = sys.modules[parts[0]]
            except Exception:
                break
    return eval(source, names)

sys.modules['make'] = types.ModuleType('make')
sys.modules['make'].make = make
"""


@functools.cache
def maker(version: str) -> Reader:
    """An interpreter that can make the values above."""
    return open_target(f"make{version}={python(version)}", setup=SETUP, timeout=60)


def written(version: str, sources: list[str], rewrite: str) -> dict[str, bytes]:
    """What an interpreter writes for those values that it can make."""
    jobs = [
        running(f"__import__('make').make({source!r})")._replace(rewrite=rewrite)
        for source in sources
    ]
    trials = maker(version).attempt(jobs)
    return {s: t.rewritten for s, t in zip(sources, trials) if t.rewritten is not None}


def compare(writers: list[str], readers: list[str]) -> int:
    """Compare all values that load; gives how many that were."""
    count = 0
    for writer in writers:
        for rewrite in ("default", "2"):
            made = written(writer, VALUES, rewrite)
            jobs = [Job(payload) for payload in made.values()]
            references = target(writer).attempt(jobs)
            for reader in readers:
                for source, mine, theirs in zip(made, references, target(reader).attempt(jobs)):
                    if mine.status == theirs.status == "loaded":
                        assert mine.tree is not None, source
                        said = difference(mine.tree, theirs.tree)
                        assert said is None, (writer, reader, source, said)
                        count += 1
    return count


def test_the_same_values_are_equal_everywhere() -> None:
    """Whatever loads at all, written and read by an old, a middle and a new Python."""
    assert compare(["2.7", "3.8", "3.13"], VERSIONS) > 700


@pytest.mark.slow
def test_the_same_values_are_equal_on_all() -> None:
    """Each writer, each reader."""
    assert compare(ALL, ALL) > 6_000


def trees(source: str, version: str = "3.13", reader: Optional[Reader] = None) -> Any:
    """The form of an expression's value."""
    (trial,) = (reader or target(version)).attempt([running(source)])
    assert trial.status == "loaded", trial
    return trial.tree


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        ("1", "2", "value differs"),
        ("1", "1.0", "value: int became float"),
        ("1", "True", "value: int became bool"),
        ("0.0", "-0.0", "value differs"),
        ("'a'", "b'a'", "value: text became bytes"),
        ("[1, [2]]", "[1, [3]]", "value[1][0] differs"),
        ("[1]", "(1,)", "value: list became tuple"),
        ("[1]", "[1, 2]", "value: another number of items"),
        ("{'a': {'b': 1}}", "{'a': {'b': None}}", "value['a']['b']: int became NoneType"),
        ("{'a': 1}", "{'b': 1}", "value: the keys differ"),
        ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "value: the order of the keys differs"),
        ("{1, 2}", "{1, 3}", "value: the members of the set differ"),
        ("{(1, 2)}", "{(1, 3)}", "value: the members of the set differ"),
        ("'x' * 100", "'x' * 99 + 'y'", "value differs"),
        ("{'\\x1b[31m' * 9: 1}", "{'\\x1b[31m' * 9: 2}", "value[key 0] differs"),
        ("ValueError(1)", "ValueError(2)", "value.args[0] differs"),
        ("ValueError(1)", "TypeError(1)", "value: ValueError became TypeError"),
        ("len", "max", "value differs"),
    ],
)
def test_what_differs_is_told(one: str, two: str, said: str) -> None:
    """By its path and types, without the values."""
    assert difference(trees(one), trees(one)) is None
    assert difference(trees(one), trees(two)) == said


def test_the_order_of_keys_counts_where_both_keep_it() -> None:
    """Not if one of the two is Python 2."""
    assert difference(trees("{'a': 1, 'b': 2}", "2.7"), trees("{'b': 2, 'a': 1}")) is None


def test_strings_of_python_2_are_text_and_bytes() -> None:
    """If they are ASCII; else they are bytes."""
    ascii_, other = trees("'abc'", "2.7"), trees("'\\xff'", "2.7")

    assert difference(trees("'abc'"), ascii_) is difference(trees("b'abc'"), ascii_) is None
    assert difference(other, trees("b'\\xff'")) is None
    assert difference(other, trees("'\\xff'")) == "value: bytes became text"


@pytest.mark.parametrize("version", VERSIONS)
def test_equal_values_have_equal_forms(version: str) -> None:
    """Whatever the order of sets, in process after process."""
    source = "set('abcdefghij') | set([(1, 'x'), frozenset('xyz'), frozenset('abc')])"

    assert trees(source, version) == trees(source, version)


def test_deep_and_cyclic_values_have_forms() -> None:
    """As deep as a loader goes, and deeper than recursion could."""
    deep = Job(b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b".")
    (one,), (two,) = target("3.13").attempt([deep]), target("2.7").attempt([deep])

    assert one.tree is not None
    assert difference(one.tree, two.tree) is None


def drift(before: str, after: str, source: str, version: str = "3.13") -> tuple[str, Any]:
    """What becomes of a value of module `app` when that has changed."""
    one, two = (
        open_target(
            f"x={python(version)}",
            setup=f"import sys, types\nsys.modules['app'] = app = types.ModuleType('app')\n"
            f"exec({text!r}, app.__dict__)",
        )
        for text in (before, after)
    )
    (made,) = one.attempt([running(f"__import__('app').{source}")._replace(rewrite="default")])
    job = Job(made.rewritten or b"")
    (mine,), (theirs,) = one.attempt([job]), two.attempt([job])
    if theirs.status != "loaded":
        return theirs.status, theirs.error
    return "loaded", difference(mine.tree, theirs.tree)


DATA = "from dataclasses import dataclass, field\n@dataclass{}\nclass User:\n"
ENUM = "import enum\nclass C({}):\n RED = 'red'\n"


@pytest.mark.parametrize(
    ("before", "after", "source", "said"),
    [
        (
            DATA.format("") + " a: str",
            DATA.format("") + " a: str\n b: str",
            "User('x')",
            ".b is missing",
        ),
        (DATA.format("") + " a: str", DATA.format("") + " a: str\n b: str = ''", "User('x')", None),
        (
            DATA.format("") + " a: str",
            DATA.format("") + " a: str\n b: list = field(default_factory=list)",
            "User('x')",
            ".b is missing",
        ),
        (
            DATA.format("") + " a: str = ''",
            DATA.format("") + " b: str = ''",
            "User('x')",
            ".a is no field any more",
        ),
        (
            DATA.format("") + " a: int",
            DATA.format("") + " a: str",
            "User(1)",
            ".a is not the str that is declared",
        ),
        (
            DATA.format("(frozen=True)") + " a: str\n b: str",
            DATA.format("(frozen=True, slots=True)") + " a: str\n b: str",
            "User('x', 'y')",
            ".a differs",
        ),
        (
            "import collections\nP = collections.namedtuple('P', 'x y')\nP.__module__ = 'app'",
            "import collections\nP = collections.namedtuple('P', 'y x')\nP.__module__ = 'app'",
            "P(1, 2)",
            ".x differs",
        ),
        (ENUM.format("str, enum.Enum"), ENUM.format("enum.StrEnum"), "C.RED", ".kind differs"),
        (ENUM.format("enum.Enum"), ENUM.format("enum.Enum") + " BLUE = 'b'", "C.RED", None),
    ],
)
def test_classes_that_drift(before: str, after: str, source: str, said: Optional[str]) -> None:
    """What a newer release of the application makes of the values of the last."""
    assert drift(before, after, source) == ("loaded", said and f"value{said}")


@pytest.mark.parametrize(("writer", "reader"), [("3.9", "3.10"), ("3.8", "3.13")])
def test_the_normal_distribution_that_lost_itself(writer: str, reader: str) -> None:
    """Loads without an error, with nothing in it."""
    (payload,) = written(writer, ["statistics.NormalDist(10, 2)"], "default").values()
    mine, theirs = (target(v).attempt([Job(payload)])[0] for v in (writer, reader))

    assert difference(mine.tree, theirs.tree) == "value._mu: float became NoneType"


def test_no_addresses() -> None:
    """Objects that say nothing of themselves have forms all the same."""
    assert "0x" not in str(trees("[object(), type('X', (), {})()]"))


def test_forms_are_small() -> None:
    """Long texts are given by their hash."""
    (trial,) = target("3.13").attempt([Job(pickle.dumps({"x": "y" * 10**7}))])

    assert len(str(trial.tree)) < 300
