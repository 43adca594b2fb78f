"""A plan is read whole, or refused with a sentence that says what to change."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from shelflife.errors import ConfigurationError
from shelflife.rehearse.plan import fill, read_plan, used
from shelflife.rehearse.plan.reading import TABLES, keys_of

SMALLEST = """
[old]
command = "{python} app.py {port} {cache_url}"
[new]
command = "{python} app.py {port} {cache_url}"
[log]
file = "access.log"
"""

WHOLE = """
inject = ["unicode"]
[cache]
options = ["--maxmemory", "10mb"]
seed_entries = "dump.rdb"
prefix = "api:"
database = 2
[old]
command = "app --port {port}"
cwd = "old"
env = { CACHE = "{cache_url}", JSON = '{"a": {"b": 1}}', BRACES = "{{port}}" }
ready = "http://127.0.0.1:{port}/health"
ready_within = 5
install = ["{python} -m pip install --target {env} flask"]
python = "2.7"
[new]
command = "app"
port = 8001
python = "this"
[log]
file = "access.log"
format = "ours"
methods = ["get", "POST"]
host = "www.example.org:8080"
headers = { X-Port = "{port}" }
drop_headers = ["User-Agent"]
rate = 50
concurrency = 4
most = 100
timeout = 2.5
[log.formats]
ours = '(?P<method>\\w+) (?P<target>\\S+)'
[compare]
ignore_headers = ["X-Served-By"]
ignore_paths = ["$.generated_at", "$.items[*].id", "$..etag", "$['a b'][0]"]
ignore_patterns = ["took [0-9]+ ms"]
accept = ["unused:api:*", "release:GET /v2/*"]
[phases]
warm = 1
expire = false
seed = 7
[adequacy]
entries = 3
non_ascii = false
ignore = ["limits:*"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all that the plans name."""
    (tmp_path / "old").mkdir()
    for name in ("access.log", "dump.rdb"):
        (tmp_path / name).touch()
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_plan(written(folder, text))
    return str(caught.value)


def test_the_smallest_plan_is_enough(folder: Path) -> None:
    """Two commands and a log; all else has a default."""
    plan = read_plan(written(folder, SMALLEST))

    assert (plan.old.name, plan.new.name) == ("old", "new")
    assert plan.old.cwd == folder
    assert plan.log.file == folder / "access.log"
    assert plan.log.methods == {"GET", "HEAD"}
    assert plan.cache.url is None
    assert plan.phases.warm == 0.5
    assert plan.old.python == "this"  # as a template names it
    assert plan.inject == ()


def test_every_key_is_read(folder: Path) -> None:
    """And means what it says."""
    plan = read_plan(written(folder, WHOLE))

    assert plan.inject == ("unicode",)
    assert plan.cache.options == ("--maxmemory", "10mb")
    assert plan.cache.seed_entries == folder / "dump.rdb"
    assert (plan.cache.prefix, plan.cache.database) == ("api:", 2)
    assert plan.old.cwd == folder / "old"
    assert plan.old.env["JSON"] == '{"a": {"b": 1}}'
    assert (plan.old.ready, plan.old.ready_within) == ("http://127.0.0.1:{port}/health", 5.0)
    assert plan.old.install == ("{python} -m pip install --target {env} flask",)
    assert (plan.old.python, plan.new.python, plan.new.port) == ("2.7", "this", 8001)
    assert plan.log.format == "ours"
    assert plan.log.methods == {"GET", "POST"}
    assert plan.log.host == "www.example.org:8080"
    assert plan.log.drop_headers == {"user-agent"}
    assert (plan.log.rate, plan.log.concurrency, plan.log.most) == (50.0, 4, 100)
    assert plan.log.timeout == 2.5
    assert plan.compare.ignore_headers == {"x-served-by"}
    assert len(plan.compare.ignore_paths) == 4
    assert plan.compare.accept == ("unused:api:*", "release:GET /v2/*")
    assert (plan.phases.warm, plan.phases.expire, plan.phases.seed) == (1.0, False, 7)
    assert (plan.adequacy.entries, plan.adequacy.non_ascii) == (3, False)
    assert plan.adequacy.ignore == ("limits:*",)


def test_the_whole_plan_leaves_out_no_key(folder: Path) -> None:
    """Except those that exclude others: so that no key can be forgotten by the reading."""
    found = tomllib.loads(WHOLE)

    for table in ("cache", "log", "compare", "phases", "adequacy"):
        assert set(keys_of(table)) - set(found[table]) <= {"url", "server"}, table
    assert set(keys_of("old")) == set(found["old"]) | set(found["new"])
    assert set(found) == {*TABLES, "inject"}


# What is wrong, and what the message must hold. "old." etc. puts the line into that table.
REFUSED = [
    ("old", 'comand = "x"', "[old] has no key `comand`: did you mean `command`?"),
    ("old", "warm = 1", "[old] has no key `warm`: it belongs to [phases]"),
    ("log", "ready = 1", "[log] has no key `ready`: it belongs to [old] and [new]"),
    ("log", 'inject = ["unicode"]', "it stands at the top of the file"),
    ("log", "xyzzy = 1", "[log] has no key `xyzzy`: it knows `file`"),
    ("nwe", "", "the plan has no key `nwe`: did you mean `new`?"),
    ("old", 'python = "python"', "a path with a slash"),
    ("old", 'python = "3.8.1"', "a version with one dot"),
    ("old", "python = 3.10", "[old] python: is a number: write a text, in quotes"),
    ("old", 'python = "./no/python"', "[old] python: there is no"),
    ("old", 'cwd = "nowhere"', "[old] cwd: is no folder"),
    ("old", f'cwd = "{"a" * 5000}"', "[old] cwd: cannot be looked at"),
    ("old", f'python = "./{"a" * 5000}"', "[old] python: cannot be looked at"),
    ("cache", f'seed_entries = "{"a" * 5000}"', "[cache] seed_entries: cannot be looked at"),
    ("old", r'install = ["pip\u0000"]', "[old] install: holds a NUL character: take it out"),
    ("cache", r'options = ["\u0000"]', "[cache] options: holds a NUL character: take it out"),
    ("old", "port = 0", "[old] port: is 0: write a whole number from 1 to 65,535"),
    ("old", "port = 65536", "from 1 to 65,535"),
    ("old", 'port = "8000"', "[old] port: is a text: write a whole number"),
    ("old", "port = true", "is true or false: write a whole number"),
    ("old", 'ready = "health"', "[old] ready: is neither a path nor an http URL"),
    ("old", 'ready = "http://example.com/"', "[old] ready: leads to 'example.com'"),
    ("old", 'ready = "https://127.0.0.1/"', "neither a path nor an http URL"),
    ("old", 'ready = "http://127.0.0.1:99999/"', "neither a path nor an http URL"),
    ("old", 'ready = "http://127.0.0.1@example.com/"', "leads to 'example.com'"),
    ("old", 'ready = "/{cache_url}"', "no value for `{cache_url}`"),
    ("old", "ready_within = inf", "[old] ready_within: is inf"),
    ("old", "ready_within = -1", "write a number from 0.1 to 3,600"),
    ("old", 'install = "pip"', "[old] install: is a text: write a list"),
    ("old", "install = [1]", "put each in quotes"),
    ("old", 'install = ["pip {port}"]', "has no value for `{port}`: it may use `{python}`"),
    ("old", 'env = { A = "{prot}" }', "[old] env.A: has no value for `{prot}`: did you mean"),
    ("old", "env = { A = 1 }", "[old] env.A: is a whole number: write a text"),
    ("old", 'env = { "A B" = "1" }', "is no name of a variable"),
    ("old", 'env = { A = "redis://u:geheim@cache.example.com/0" }', "write {cache_url} there"),
    ("cache", 'url = "redis://cache.example.com/0"', "[cache] url: leads to 'cache.example.com'"),
    ("cache", 'url = "http://127.0.0.1/0"', "[cache] url: is no URL of one server"),
    ("cache", 'url = "redis://127.0.0.1:x/0"', "is no URL of one server"),
    ("cache", 'url = "redis://127.0.0.1/zero"', "ends in no database"),
    ("cache", 'url = "redis://127.0.0.1/1"\ndatabase = 2', "is 2, but the url says 1"),
    ("cache", 'url = "redis://127.0.0.1/1"\nserver = "x"', "is for a private server"),
    ("cache", 'server = "no-such-server"', "there is no program 'no-such-server'"),
    ("cache", 'seed_entries = "no.rdb"', "[cache] seed_entries: there is no"),
    ("cache", 'seed_entries = "old"', "is a folder, not a file"),
    ("cache", "database = -1", "[cache] database: is -1"),
    ("log", 'format = "combind"', "did you mean `combined`?"),
    ("log", 'format = "w3c"', "write one of `combined`, `common`, `json`"),
    ("log", 'formats = { json = "x" }', "is the name of a known format"),
    ("log", 'formats = { a = "(" }', "[log] formats.a: is no regular expression"),
    ("log", 'formats = { a = "x" }', "needs the named groups"),
    ("log", 'methods = ["GTE"]', "did you mean `GET`?"),
    ("log", 'methods = ["CONNECT"]', "'CONNECT' is none"),
    ("log", "methods = []", "[log] methods: is empty"),
    ("log", 'host = "a b"', "is no Host header"),
    ("log", 'headers = { "a b" = "x" }', "is no name of a header"),
    ("log", 'headers = { Host = "x" }', "write it as `host`"),
    ("log", 'headers = { Content-Length = "1" }', "is set by the sender itself"),
    ("log", 'headers = { A = "x\\r\\ny" }', "holds what no header can"),
    ("log", 'headers = { A = "{python}" }', "has no value for `{python}`"),
    ("log", 'drop_headers = ["a b"]', "is no name of a header"),
    ("log", "rate = 0", "[log] rate: is 0"),
    ("log", "concurrency = 0", "[log] concurrency: is 0"),
    ("log", "most = 0", "[log] most: is 0"),
    ("log", "timeout = 0", "[log] timeout: is 0"),
    ("compare", 'ignore_paths = ["items"]', "'items' is no path"),
    ("compare", 'ignore_paths = ["$."]', "'$.' is no path"),
    ("compare", 'ignore_patterns = ["["]', "is no regular expression"),
    ("compare", 'accept = ["unsed:x"]', "did you mean `unused`?"),
    ("compare", 'accept = ["unused:"]', 'is no "kind:pattern"'),
    ("phases", "warm = 1.5", "[phases] warm: is 1.5: write a number from 0 to 1"),
    ("phases", "warm = nan", "[phases] warm: is nan"),
    ("phases", 'expire = "no"', "write true or false"),
    ("phases", "seed = 1.5", "[phases] seed: is a number: write a whole number"),
    ("adequacy", "entries = 0", "[adequacy] entries: is 0"),
    ("adequacy", "non_ascii = 1", "write true or false"),
]


@pytest.mark.parametrize(("table", "line", "message"), REFUSED)
def test_what_is_wrong_is_said(folder: Path, table: str, line: str, message: str) -> None:
    """With file, table, key and what to write instead."""
    header = f"[{table}]\n"
    text = SMALLEST.replace(header, f"{header}{line}\n")
    said = refusal(folder, text if header in SMALLEST else f"{SMALLEST}{header}{line}\n")

    assert said.startswith("plan.toml: ")
    assert message in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "[old]: the table is missing"),
        ("old = 1", "old: is a whole number: write a table"),
        ("[old", "is no TOML"),
        (SMALLEST.replace('file = "access.log"', ""), "[log] file: is missing: write for example"),
        (SMALLEST.replace("access.log", "other.log"), "[log] file: there is no"),
        (SMALLEST.replace("access.log", "old"), "[log] file: is a folder"),
        (SMALLEST.replace("access.log", " "), "[log] file: is empty"),
        (SMALLEST.replace(" {port}", ""), "does not say which port to listen on"),
        (SMALLEST.replace("app.py", "'app.py"), "cannot be split into words"),
        (SMALLEST.replace("{cache_url}", "redis://10.0.0.1/0"), "leads to a cache on '10.0.0.1'"),
        ('inject = ["umlauts"]' + SMALLEST, "inject: 'umlauts' is not known: write `unicode`"),
        (SMALLEST.replace("\n[", "\nport = 80\n[").removeprefix("\nport = 80"), "both run at once"),
    ],
)
def test_a_plan_that_is_wrong_as_a_whole(folder: Path, text: str, message: str) -> None:
    """Is refused, too."""
    assert message in refusal(folder, text)


def test_a_plan_that_cannot_be_read(tmp_path: Path) -> None:
    """Is no traceback, whatever it is."""
    (tmp_path / "latin.toml").write_bytes(b'a = "\xe9"')

    for name, message in (("no.toml", "--init"), (".", "cannot be read"), ("latin.toml", "UTF-8")):
        with pytest.raises(ConfigurationError, match=message):
            read_plan(tmp_path / name)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6390/3", "valkey://localhost/3", "redis://[::1]/3"]
)
def test_a_server_on_the_loopback_is_allowed(folder: Path, url: str) -> None:
    """And its URL's database is the plan's."""
    plan = read_plan(written(folder, f'{SMALLEST}[cache]\nurl = "{url}"\n'))

    assert (plan.cache.url, plan.cache.database) == (url, 3)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "{cache_host}"])
def test_a_cache_on_the_loopback_may_be_named(folder: Path, host: str) -> None:
    """In a command, where templates may stand for its parts."""
    text = SMALLEST.replace("{cache_url}", f"redis://{host}:{{cache_port}}/0")

    assert read_plan(written(folder, text)).old.command.endswith(f"{host}:{{cache_port}}/0")


def test_templates_are_filled() -> None:
    """Names in braces are; doubled braces and JSON are not."""
    template = '{port} {{port}} {"a": {"b": {}}} {cache_url}'

    assert used(template) == {"port", "cache_url"}
    filled = fill(template, {"port": "80", "cache_url": "{port}"})
    assert filled == '80 {port} {"a": {"b": {}}} {port}'
