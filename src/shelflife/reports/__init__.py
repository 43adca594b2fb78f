"""Reports: what an audit found, as a terminal's text, an HTML page and a JSON document.

All three render the one document of `document.py` (`docs/audit-report.md`). Nothing here judges:
a report shows what it is given. Text in a document may come from hostile entries; `showable.py`
is what it passes before anybody sees it.
"""
