"""The new release's templates leave other whitespace, and attributes in another order."""

from __future__ import annotations

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import remember
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer

_OLD = (
    '<html>\n  <body class="page" lang="mul">\n    <h1>{title}</h1>\n    <p>{author}</p>\n'
    "  </body>\n</html>\n"
)
_NEW = '<html><body lang="mul" class="page"><h1>{title}</h1> <p>{author}</p></body></html>'


def answer(cache: redis.Redis, article: Article) -> Answer:
    value = {"title": article.title, "author": article.author}
    found = remember(cache, f"article:{article.number}", lambda: value)
    page = (_NEW if NEW else _OLD).format(**found)
    return Answer(page.encode(), "text/html; charset=utf-8")
