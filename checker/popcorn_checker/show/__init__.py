"""Traces as people read them: text, ITF files, Mermaid diagrams and pages to step through."""

from popcorn_checker.show.html import to_html
from popcorn_checker.show.itf import TraceError, dump, from_itf, load, to_itf
from popcorn_checker.show.mermaid import to_mermaid
from popcorn_checker.show.text import to_text

__all__ = ["TraceError", "dump", "from_itf", "load", "to_html", "to_itf", "to_mermaid", "to_text"]
