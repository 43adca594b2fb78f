"""The rules of caching HTTP responses, without any framework: for `shelflife.flask`, `starlette`.

Pure functions and dataclasses, and the operations that find, keep and share responses. An
integration makes `RequestFacts` and `ResponseFacts`, and sends what `answer` gives.
"""

from shelflife.http.answering import Answer, answer, not_modified
from shelflife.http.cache_control import directives, freshness
from shelflife.http.computations import Computation, Stored, last_stored
from shelflife.http.facts import APART, Headers, Policy, RequestFacts, ResponseFacts, all_of
from shelflife.http.finding import Found, Missing, find, find_again, forget, keep
from shelflife.http.keys import custom_key, key_for, key_of_url, variant_key
from shelflife.http.making import (
    may_answer,
    may_store,
    must_revalidate,
    to_store,
    varying,
    with_vary,
)
from shelflife.http.options import POLICY, unknown, with_options, without_parentheses
from shelflife.http.sharing import Made, Variant, respond, variant_of
from shelflife.http.stored import StoredResponse, Variants, from_portable, to_portable
from shelflife.http.validators import etag_of, matches

__all__ = [
    "APART",
    "POLICY",
    "Answer",
    "Computation",
    "Found",
    "Headers",
    "Made",
    "Missing",
    "Policy",
    "RequestFacts",
    "ResponseFacts",
    "Stored",
    "StoredResponse",
    "Variant",
    "Variants",
    "all_of",
    "answer",
    "custom_key",
    "directives",
    "etag_of",
    "find",
    "find_again",
    "forget",
    "freshness",
    "from_portable",
    "keep",
    "key_for",
    "key_of_url",
    "last_stored",
    "matches",
    "may_answer",
    "may_store",
    "must_revalidate",
    "not_modified",
    "respond",
    "to_portable",
    "to_store",
    "unknown",
    "variant_key",
    "variant_of",
    "varying",
    "with_options",
    "with_vary",
    "without_parentheses",
]
