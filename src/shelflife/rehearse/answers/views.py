"""An answer, as it is compared."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from shelflife.rehearse.answers.answer import Answer
from shelflife.rehearse.answers.bodies import Body, plain_body, taken_apart
from shelflife.rehearse.answers.differences import Difference
from shelflife.rehearse.answers.differing import Differ
from shelflife.rehearse.answers.headings import NEVER, compared
from shelflife.rehearse.answers.ignoring import Ignored
from shelflife.rehearse.answers.learning import Learner
from shelflife.rehearse.answers.noise import VALUE, NoiseBook
from shelflife.rehearse.answers.places import BODY, HEADER
from shelflife.rehearse.answers.shown import LONGEST, shown
from shelflife.rehearse.answers.trees import Tree


class View(NamedTuple):
    """What is compared of an answer."""

    status: int
    headers: dict[str, Tree]
    body: Body


def view_of(
    answer: Answer, ignored_headers: frozenset[str], ignored: Ignored, hosts: frozenset[str]
) -> View:
    """Take an answer apart; `hosts` are the names that the service goes by."""
    headers = compared(answer.headers, ignored_headers, hosts)
    return View(answer.status, headers, taken_apart(answer, ignored))


def fingerprint(answer: Answer, ignored_headers: frozenset[str]) -> bytes:
    """Give the same for answers that are the same to the byte, but for what is never compared."""
    kept = []
    for spelled, value in answer.headers:
        name = spelled.lower()
        if name not in NEVER and name not in ignored_headers:
            kept.append(f"{name}:{value.partition('=')[0] if name == 'set-cookie' else value}")
    kept.sort()
    digest = blake2b(f"{answer.status}\n{chr(10).join(kept)}\n\n".encode(), digest_size=16)
    digest.update(plain_body(answer))
    return digest.digest()


def learn_from(book: NoiseBook, why: str, one: View, other: View) -> None:
    """Note in a book where two views of answers to the same request differ."""
    learner = Learner(book, why)
    learner.learn(HEADER, one.headers, other.headers)
    if one.body.form == other.body.form:
        learner.learn(one.body.place, one.body.tree, other.body.tree)
    else:
        forms = {_form(one.body), _form(other.body)}
        book.at(BODY.general, why).add(VALUE, (), forms)


def differences(differ: Differ, references: Sequence[View], got: View) -> list[Difference]:
    """Tell where a view is like none of the references, which have its status."""
    differ.compare(HEADER, [each.headers for each in references], got.headers)
    like = [each.body.tree for each in references if each.body.form == got.body.form]
    if like:
        differ.compare(got.body.place, like, got.body.tree)
    elif not differ.takes(BODY, _form(got.body)):
        expected = references[0].body
        differ.note(BODY, _shown(expected), _shown(got.body))
    return differ.differences


def _form(body: Body) -> str:
    return f"form {body.form}"


def _shown(body: Body) -> str:
    if body.form == "nothing":
        return "nothing"
    return f"{body.form}: {shown(body.tree)}"[:LONGEST]
