"""The first plan of a project: the questions it takes, and a commented text made of the answers.

Rules:
1. Every question has a default that can stand: who only confirms gets a plan that can be read,
   with what is still to be written marked by its comments.
2. The text says what else a plan can say, as comments, so that nobody needs the documentation to
   begin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

COMMAND = "{python} app.py --port {port} --cache {cache_url}"


class Question(NamedTuple):
    """A question of `--init`.

    Attributes:
        name: What its answer is called in `plan_text`.
        question: For people.
        default: What is taken if nothing is answered.
    """

    name: str
    question: str
    default: str


QUESTIONS = (
    Question("old_command", "Command that starts the old release", COMMAND),
    Question("old_python", "Its Python: a version, a path, or this", "this"),
    Question("old_cwd", "Its folder", "."),
    Question("new_command", "Command that starts the new release", COMMAND),
    Question("new_python", "Its Python: a version, a path, or this", "this"),
    Question("new_cwd", "Its folder", "."),
    Question("ready", "Path that answers when a release is ready", "/health"),
    Question("log_file", "Access log whose requests are sent", "access.log"),
    Question("log_format", "Its format: combined, common or json", "combined"),
)

_TEXT = """\
# A rehearsal: the old and the new release serve a log's requests from one shared cache, through
# upgrade and rollback. Run it with: shelflife rehearse THIS_FILE
# Paths are relative to this file. In commands, env and install steps may stand: {{port}},
# {{cache_url}}, {{cache_host}}, {{cache_port}}, {{python}} (see `python`) and {{env}} (a folder
# that the install steps fill and that is kept).

# Derive requests with accents, emoji, right-to-left, long and empty text from those of the log:
inject = ["unicode"]

[old]
command = {old_command}
cwd = {old_cwd}
python = {old_python}  # a version ("2.7"), a path, or "this": the one that runs shelflife
ready = {ready}  # answers when the release is ready
# ready_within = 60
# port = 8001  # if it cannot be told one
# install = ["{{python}} -m pip install --target {{env}} -r requirements.txt"]

[old.env]
# PYTHONPATH = "{{env}}"

[new]
command = {new_command}
cwd = {new_cwd}
python = {new_python}
ready = {ready}

[new.env]

[cache]  # empty: a private server is started, and ended
# seed_entries = "dump.rdb"  # real entries that are there from the start
# prefix = "api:"
# database = 0

[log]
file = {log_file}
format = {log_format}  # combined, common, json, or one of [log.formats]
# methods = ["GET", "HEAD"]  # others are dropped: allow only what may be sent to both releases
# host = "www.example.org"
# most = 10000
# concurrency = 1
# rate = 50

# [log.headers]
# Authorization = "Bearer of-the-rehearsal"

[compare]
# ignore_headers = ["x-served-by"]
# ignore_paths = ["$.generated_at", "$.items[*].id"]
# ignore_patterns = ["took [0-9]+ ms"]
# accept = ["release:GET /v2/*"]  # findings that are meant

[phases]
# warm = 0.5  # the share of the requests that old has seen before the upgrade
# seed = 7  # the same seed, the same rehearsal

[adequacy]
# entries = 1  # that must cross, per key class and direction
# non_ascii = true
# ignore = ["limits:*"]  # key classes that hold no cached values
"""


def plan_text(answers: Mapping[str, str]) -> str:
    """Give the text of a plan.

    Args:
        answers: By the names of `QUESTIONS`; what is not there has its default.
    """
    given = {each.name: answers.get(each.name) or each.default for each in QUESTIONS}
    return _TEXT.format(**{name: _quoted(answer) for name, answer in given.items()})


def _quoted(answer: str) -> str:
    # JSON's texts are TOML's, but for DEL.
    return json.dumps(answer, ensure_ascii=False).replace("\x7f", "\\u007f")
