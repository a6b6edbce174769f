"""Events to rows and back: msgspec JSON under the event's TOPIC, private parts sealed, old shapes upgraded."""

from __future__ import annotations

from typing import Any

import msgspec
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent, Transcoder

import ledger.domain.events  # noqa: F401  every topic must be known before the first row is read
from ledger.domain.event import TOPICS, Event, decode_value, encode_value
from ledger.domain.person import ERASED, Sealed
from ledger.errors import IntegrityBroken
from ledger.store.sealing import KeyRing

_PERSON = "person/"

Row = tuple[str, int, str, bytes]


class StructTranscoder(Transcoder):
    """JSON of event structs; the mapper decodes them by topic itself."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder(enc_hook=encode_value)

    def encode(self, obj: Any) -> bytes:
        """An event as JSON."""
        return self._encoder.encode(obj)

    def decode(self, data: bytes) -> Any:
        """JSON as plain values."""
        return msgspec.json.decode(data)


class EventMapper(Mapper[str]):
    """Maps events to stored events; `keys` must hold the keys of the persons at hand."""

    def __init__(self, keys: KeyRing) -> None:
        super().__init__(StructTranscoder())
        self.keys = keys
        self._encode = msgspec.json.Encoder(enc_hook=encode_value).encode
        self._decoders: dict[str, msgspec.json.Decoder[Event]] = {}

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """An event as the library stores it."""
        return StoredEvent(*self.row(domain_event))

    def row(self, event: Event) -> Row:
        """An event's columns: stream, version, topic and state, private parts sealed."""
        if isinstance(event, Sealed):
            sealed = self.keys.seal(person_of(event.originator_id), event.ref, event.private)
            event = msgspec.structs.replace(event, private=sealed)
        return event.originator_id, event.originator_version, event.TOPIC, self._encode(event)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The event of a row, in the newest shape of its kind."""
        return self.read(
            str(stored_event.originator_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
        )

    def read(self, stream: str, version: int, topic: str, state: bytes) -> Event:
        """The event of a row's columns.

        Raises:
            IntegrityBroken: `event.unreadable` where the row is not an event of its topic, stream and version.
        """
        try:
            event = (self._decoders.get(topic) or self._decoder(topic)).decode(state)
        except (msgspec.MsgspecError, KeyError, MapperDeserialisationError) as error:
            raise _unreadable(f"{stream}@{version}", f"{topic}: {error}") from error
        if (event.originator_id, event.originator_version) != (stream, version):
            raise _unreadable(f"{stream}@{version}", f"an event that says it is {event.ref}")
        if isinstance(event, Sealed) and event.private != ERASED:
            # Nobody else has seen the event yet: it is opened in place.
            clear = self.keys.open(person_of(stream), event.ref, event.private)
            msgspec.structs.force_setattr(event, "private", clear)
        while upgrade := getattr(event, "upgrade", None):
            event = upgrade()
        return event

    def _decoder(self, topic: str) -> msgspec.json.Decoder[Event]:
        decoder = self._decoders[topic] = msgspec.json.Decoder(TOPICS[topic], dec_hook=decode_value)
        return decoder


def person_of(stream: str) -> str:
    """The person code of a person's stream."""
    return stream.removeprefix(_PERSON)


def persons_in(streams: list[str]) -> list[str]:
    """The person codes among some streams."""
    return [person_of(stream) for stream in streams if stream.startswith(_PERSON)]


def _unreadable(ref: str, found: str) -> IntegrityBroken:
    return IntegrityBroken(
        "event.unreadable",
        ref,
        found=found,
        expected="an event as this version of the ledger or an earlier one wrote it",
        hint="A newer version may have written it: upgrade. If not, compare with a backup.",
    )
