"""XML from outside, read record by record: no document type, no entities, no depth or size without end."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from xml.parsers import expat

from ledger.errors import Refused
from ledger.intake.text_files import DEEPEST, empty

_LONGEST_TEXT = 10_000
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9_.-]+)["']""")
_ENCODINGS = {"utf-8": "utf-8-sig", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}


class Node:
    """An element: its name without prefix, its text, attributes, children and line."""

    def __init__(self, tag: str, line: int, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.line = line
        self.attributes = attributes
        self.text = ""
        self.children: list[Node] = []

    def all(self, path: str) -> list[Node]:
        """The elements below a path of names, such as `StsRsnInf/Rsn/Cd`."""
        found = [self]
        for tag in path.split("/"):
            found = [child for node in found for child in node.children if child.tag == tag]
        return found

    def value(self, path: str) -> str | None:
        """The text of the first element below a path; None for none, or an empty one."""
        found = self.all(path)
        return (found[0].text.strip() or None) if found else None


def read_records(
    content: bytes, name: str, *, namespace: str, at: Collection[str], take: Callable[[Node, Node], None]
) -> None:
    """Hands over each element of a name in `at`, with the element around it, as soon as it is whole, then drops it.

    `namespace` is what the root's must begin with. UTF-8 and GB18030 are read.

    Raises:
        Refused: `file.empty`, `file.encoding`, `file.syntax` for no well-formed XML, `file.xml_doctype`,
            `file.xml_root` for another document, `file.nesting`.
    """
    if not content.strip():
        raise empty(name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    _Builder(parser, name, namespace, frozenset(at), take)
    try:
        parser.Parse(_text(content, name), True)  # noqa: FBT003  expat's own signature
    except expat.ExpatError as error:
        raise Refused(
            "file.syntax",
            f"{name} line {error.lineno}",
            found="no well-formed XML",
            expected="a whole XML document",
        ) from None


class _Builder:
    """The handlers of a parser, and the path of open elements."""

    def __init__(
        self,
        parser: expat.XMLParserType,
        name: str,
        namespace: str,
        at: frozenset[str],
        take: Callable[[Node, Node], None],
    ) -> None:
        self._parser, self._name, self._namespace, self._at, self._take = parser, name, namespace, at, take
        self._open: list[Node] = []
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def _place(self) -> str:
        return f"{self._name} line {self._parser.CurrentLineNumber}"

    def _doctype(self, *_: object) -> None:
        raise Refused(
            "file.xml_doctype",
            self._place(),
            found="a document type, which can make a small file endless or read others",
            expected="XML without one",
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, local = tag.rpartition(" ")
        if not self._open and (local != "Document" or not namespace.startswith(self._namespace)):
            raise Refused(
                "file.xml_root",
                self._place(),
                found="another kind of document",
                expected=f"a Document of {self._namespace}…",
            )
        if len(self._open) >= DEEPEST:
            raise Refused(
                "file.nesting", self._place(), found="elements too deep", expected=f"at most {DEEPEST} levels"
            )
        node = Node(local, self._parser.CurrentLineNumber, attributes)
        if self._open:
            self._open[-1].children.append(node)
        self._open.append(node)

    def _text(self, text: str) -> None:
        node = self._open[-1]
        if len(node.text) < _LONGEST_TEXT:
            node.text += text

    def _end(self, _: str) -> None:
        node = self._open.pop()
        if node.tag in self._at and self._open:
            self._take(node, self._open[-1])
            self._open[-1].children.pop()


def _text(content: bytes, name: str) -> str:
    declared = _DECLARED.match(content)
    encoding = _ENCODINGS.get(declared[1].decode().lower() if declared else "utf-8")
    try:
        if encoding is not None:
            return content.decode(encoding)
    except UnicodeDecodeError:
        pass
    raise Refused("file.encoding", name, found="bytes of another encoding", expected="XML in UTF-8 or GB18030")
