"""Bodies as values: by media type, by charset, by what they plainly are; and within bounds."""

import gzip
import random
import zlib
from base64 import b64encode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base import jsonbody
from engine.base.errors import Malformed, SwitchyardError, TooLarge, UnsupportedCoding, WrongMediaType
from engine.intake import bodies, charsets, cloudevents, content_coding

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def value(kind: bytes, raw: bytes, **how: bool) -> object:
    return bodies.read(kind, raw, **how).value


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (JSON, '{"a":"ä"}'.encode("utf-16"), {"a": "ä"}),
        (JSON, '{"a":"ä"}'.encode("utf-32"), {"a": "ä"}),
        (b"application/json; charset=utf-16le", '{"a":1}'.encode("utf-16-le"), {"a": 1}),
        (b'Application/JSON; Charset="windows-1252"', b'{"a":"\x80"}', {"a": "€"}),
        (b"text/json", b"[1]", [1]),
        (b"application/x-amz-json-1.1", b"{}", {}),
        (b"application/vnd.api+json", b"{}", {}),
        (b"application/json-seq", b"\x1e1\n\x1e[2]\n", [1, [2]]),
        (b"application/stream+json", b"1\r\n\r\n2", [1, 2]),
        (b"text/xml", b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
         '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'),
        (b"text/plain; charset=Shift_JIS", "警報".encode("shift_jis"), "警報"),
        (b"text/plain", b"\xef\xbb\xbfhello", "hello"),
        (b"text/html", b'[{"a":1}]', [{"a": 1}]),
        (b"", b"\xef\xbb\xbf[1]", [1]),
        (b"", b"disk full", "disk full"),
        (b"", b"\x00\xff", {"filename": None, "content_type": "application/octet-stream", "size": 2,
                            "base64": "AP8="}),
        (FORM, b'  [1, "a=b&c"] ', [1, "a=b&c"]),
        (FORM, b"%7B%22a%22%3A1%7D=", {"a": 1}),
        (FORM, b"%7B%22a%22%3A+1%7D", {"a": 1}),
        (FORM, b"%7Bnot JSON", "%7Bnot JSON"),
        (FORM, b'{"url":"http://x/?a=b&c=d","t":"1+1 50%25"}',
         {"url": "http://x/?a=b&c=d", "t": "1+1 50%25"}),
        (FORM, b"line 1\nline 2 50%", "line 1\nline 2 50%"),
        (FORM, b"\xef\xbb\xbfa=1&b=2", {"a": "1", "b": "2"}),
        (FORM, b"\xef\xbb\xbf", None),
        (FORM + b"; charset=iso-8859-1", b"a=\x80", {"a": "€"}),
        (FORM + b"; charset=iso-8859-1", b"a=%E9", {"a": "é"}),
        (FORM, b"_charset_=koi8-r&a=%C1", {"_charset_": "koi8-r", "a": "а"}),
        (FORM, b"charset=AISI+304&a=1", {"charset": "AISI 304", "a": "1"}),
        (FORM, b"payload=[1]&a=1", {"payload": "[1]", "a": "1"}),
        (FORM, b"payload=%7Bnot", {"payload": "{not"}),
        (FORM, b"a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        (b"image/png", b" \t", None),
        (JSON, b"\xef\xbb\xbf \n", None),
        # without a mark: by the first character (RFC 4627, 3; XML 1.0, appendix F)
        (JSON, '{"a":"ä"}'.encode("utf-16-le"), {"a": "ä"}),
        (JSON, '{"a":"ä"}'.encode("utf-16-be"), {"a": "ä"}),
        (JSON, '["ä"]'.encode("utf-32-be"), ["ä"]),
        (b"application/json; charset=utf-16", '{"a":"ä"}'.encode("utf-16-be"), {"a": "ä"}),
        (b"text/xml", "<a>ä</a>".encode("utf-16-le"), "<a>ä</a>"),
        # what is called Latin-1 is windows-1252, and its gaps are control characters
        (b"application/json; charset=iso-8859-1", b'"\x80 \x81 \xe9"', "€ \x81 é"),
        (b"application/json; charset='utf-8'", b"[1]", [1]),
        # a declaration that can be read says nothing of UTF-16
        (b"text/xml", '<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode(),
         '<?xml version="1.0" encoding="utf-16"?><a>é</a>'),
        (b"text/xml", b'\n<?xml version="1.0" encoding="ISO-8859-1"?>\xe9',
         '\n<?xml version="1.0" encoding="ISO-8859-1"?>é'),
        (b"", b"<?xml version='1.0' encoding='windows-1252'?>\x80",
         "<?xml version='1.0' encoding='windows-1252'?>€"),
        (b"application/xml; charset=utf-8", '<?xml version="1.0" encoding="ISO-8859-1"?>é'.encode(),
         '<?xml version="1.0" encoding="ISO-8859-1"?>é'),
        (b"application/xml-dtd", b"<!ELEMENT a>", "<!ELEMENT a>"),
        # lines
        (b"application/vnd.elasticsearch+x-ndjson; compatible-with=8", b"[1]\n[2]\n", [[1], [2]]),
        (b"application/x-ndjson", b'\xef\xbb\xbf{"a":1}\r\n\r\n\xef\xbb\xbf{"a":2}', [{"a": 1}, {"a": 2}]),
        (b"application/x-ndjson", b'{\n "a": 1\n}', {"a": 1}),
        (b"application/x-ndjson", b"\xef\xbb\xbf\n", None),
        (JSON, b'{"a":1}\n{"a":2}\n', [{"a": 1}, {"a": 2}]),
        (b"", b'{"a":1}\n{"a":2}', [{"a": 1}, {"a": 2}]),
        (b"text/plain", b'{"a":1}\n{"a":2}', '{"a":1}\n{"a":2}'),
        # no media type at all
        (b"*/*", b"[1]", [1]),
        (b"json", b"[1]", [1]),
        (b'"application/json"', b"[1]", [1]),
        (b"application/javascript", b'{"a":1}', {"a": 1}),
        (b"application/javascript", b"f({})", "f({})"),
    ],
)  # fmt: skip
def test_a_body_is_read(kind: bytes, raw: bytes, expected: object) -> None:
    assert value(kind, raw) == expected


@pytest.mark.parametrize(
    ("kind", "raw", "error"),
    [
        (JSON, b"{", Malformed),
        (JSON, b"\xff\xfe{", Malformed),
        (JSON, b'{"a":1} {"a":}', Malformed),
        (JSON, b'{"a":1}, {"a":2}', Malformed),
        (JSON, b'{"a":1}\n{"a"\n', Malformed),
        (JSON, b"1\n2\n", Malformed),
        (b"application/json; charset=idna", b"{}", WrongMediaType),
        (b"text/plain; charset=punycode", b"x", WrongMediaType),
        (b"application/x-ndjson", b'{"a":1}\n{', Malformed),
        (FORM, b"a&" * 1001, Malformed),
        (JSON, b"[" + b"[]," * 200_000 + b"[]]", Malformed),
    ],
)
def test_what_is_not_what_it_says_is_refused(kind: bytes, raw: bytes, error: type[SwitchyardError]) -> None:
    with pytest.raises(error):
        bodies.read(kind, raw)


@pytest.mark.parametrize(
    ("kind", "raw", "read", "note"),
    [
        (b"text/plain", b"caf\xc3", "caf�", "not valid UTF-8 (byte 3)"),
        (b"text/plain; charset=us-ascii", b"\xff", "�", "not valid US-ASCII (byte 0)"),
        (b"text/plain", b"\xff\xfea", "�", "not valid UTF-16-LE"),
        (b"text/plain", b'{"a":"\xff"}', {"a": "�"}, "not valid UTF-8"),
        (FORM, b"a=%ff&b=1", {"a": "�", "b": "1"}, "form is not valid UTF-8"),
        (FORM, b"caf\xe9", "caf�", "not valid UTF-8"),
        (FORM, b"R&D is down\xe9", "R&D is down�", "not valid UTF-8"),
        (FORM, b'{"a":"\xe9"}', {"a": "�"}, "not valid UTF-8"),
        (FORM, b'{"a":1}\n{"a":"="}', [{"a": 1}, {"a": "="}], "a list of JSON documents"),
        (FORM, b'<a b="1"/>', '<a b="1"/>', "read as text"),
        (JSON, b'{"a":"}{"}[1]\n\n{}', [{"a": "}{"}, [1], {}], "a list of JSON documents"),
        (b"multipart/form-data", b'{"a":1}', {"a": 1}, "declared as multipart"),
    ],
)
def test_what_is_read_otherwise_than_it_came_has_a_note(
    kind: bytes, raw: bytes, read: object, note: str
) -> None:
    body = bodies.read(kind, raw)
    assert body.value == read
    assert note in body.notes[0]


@pytest.mark.parametrize(
    ("kind", "raw", "read"),
    [
        (FORM, b'{"a":1}\n{"a":"="}', {'{"a":1}\n{"a":"': '"}'}),
        (FORM, b'<a b="1"/>', {"<a b": '"1"/>'}),
    ],
)
def test_a_form_that_is_read_as_declared_is_one_whatever_it_holds(
    kind: bytes, raw: bytes, read: object
) -> None:
    assert bodies.read(kind, raw, as_declared=True) == bodies.Body(read)


@pytest.mark.parametrize("content", [b"\xff{", b'{"a":1}{"a"', b"--x\r\n"])
def test_json_and_multipart_that_cannot_be_read_are_refused(content: bytes) -> None:
    for kind in (JSON, b"application/x-ndjson", b"multipart/form-data"):
        with pytest.raises(Malformed):
            bodies.read(kind, content)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [(JSON, b"[1]\n[2]"), (b"application/x-ndjson", b"[\n1\n]")],
)
def test_what_must_be_as_declared_is_not_read_otherwise(kind: bytes, raw: bytes) -> None:
    assert bodies.read(kind, raw).notes
    with pytest.raises(Malformed):
        bodies.read(kind, raw, as_declared=True)


def part(content: bytes, kind: str = "", name: str = "n") -> bytes:
    typed = f"\r\nContent-Type: {kind}" if kind else ""
    return b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % (
        name.encode(),
        typed.encode(),
        content,
    )


@pytest.mark.parametrize(
    ("parts", "form"),
    [
        ([part(b"Ren\xe9", "text/plain; charset=ISO-8859-1")], {"n": "René"}),
        ([part(b"windows-1252", name="_charset_"), part(b"\x80")], {"_charset_": "windows-1252", "n": "€"}),
        ([part(b'{"a":1}', "application/json")], {"n": '{"a":1}'}),
        ([part(b"\xff\x00", "application/pdf")], {"n": {"filename": None, "content_type": "application/pdf",
                                                        "size": 2, "base64": "/wA="}}),
        ([part(b'{"a":1}', "application/json", "payload")], {"payload": {"a": 1}}),
        ([], {}),
    ],
)  # fmt: skip
def test_the_parts_of_a_form_are_read_in_their_charset(parts: list[bytes], form: object) -> None:
    assert value(b"multipart/form-data; boundary=x", b"".join(parts) + b"--x--\r\n") == form


def test_a_field_that_is_not_in_its_charset_is_replaced_and_noted() -> None:
    body = bodies.read(b"multipart/form-data; boundary=x", part(b"Ren\xe9") + b"--x--\r\n")
    assert body.value == {"n": "Ren\ufffd"}
    assert body.notes == ("The field `n` is not valid UTF-8; U+FFFD replaces what is not.",)


def test_the_payload_of_a_vendor_is_the_body() -> None:
    body = bodies.read(FORM, b"payload=%7B%22a%22%3A1%7D&token=x", payload_is_body=True)
    assert (body.value, body.notes) == ({"a": 1}, ())
    assert value(FORM, b"command=%2Fdeploy&text=now", payload_is_body=True) == {
        "command": "/deploy", "text": "now",
    }  # fmt: skip


def test_numbers_that_would_change_are_kept_as_text_and_noted() -> None:
    body = bodies.read(JSON, b'{"a":[18446744073709551615,18446744073709551616,1e400],"b":"1e400"}')
    assert body.value == {"a": [2**64 - 1, "18446744073709551616", "1e400"], "b": "1e400"}
    assert len(body.notes) == 2 and body.encoded is None


def test_half_a_character_is_replaced_and_noted() -> None:
    body = bodies.read(JSON, rb'["\ud83d","\ude00 x","\ud83d\ude00","\\ud83d"]')
    assert body.value == ["\ufffd", "\ufffd x", "😀", "\\ud83d"]
    assert len(body.notes) == 1


# -- content codings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coding", "raw"),
    [
        (b"gzip", zipped(b"hello")),
        (b"X-GZIP", zipped(b"hel") + zipped(b"lo")),
        (b"deflate", zlib.compress(b"hello")),
        (b"deflate", zlib.compress(b"hello")[2:-4]),  # without the header of zlib, as some senders write it
        (b"identity", b"hello"),
        (b"deflate, gzip", zipped(zlib.compress(b"hello"))),
        (b"gzip", zipped(b"hello") + b"\0" * 100_000),  # padded, as tapes are
        (b"gzip", zipped(b"hel") + b"\0" * 512 + zipped(b"lo")),
    ],
)
def test_a_coded_body_is_decoded(coding: bytes, raw: bytes) -> None:
    assert content_coding.decode(raw, coding, 100) == b"hello"


@pytest.mark.parametrize(
    ("coding", "raw", "error"),
    [
        (b"gzip", zipped(b"x" * 101), TooLarge),
        (b"gzip", zipped(b"x" * 60) * 2, TooLarge),
        (b"gzip", zipped(b"hello")[:-9], Malformed),
        (b"gzip", b"hello", Malformed),
        (b"gzip", zipped(b"hello") + b"hello", Malformed),
        (b"gzip", zipped(b"") * 1001, TooLarge),
        (b"deflate", b"\xff\xff", Malformed),
        (b"br", b"x", UnsupportedCoding),
        (b"gzip,gzip,gzip,gzip", b"x", UnsupportedCoding),
    ],
)
def test_a_coding_that_is_damaged_too_large_or_unknown_is_refused(
    coding: bytes, raw: bytes, error: type[SwitchyardError]
) -> None:
    with pytest.raises(error):
        content_coding.decode(raw, coding, 100)


def test_a_body_of_many_chunks_and_members_is_decoded_whole() -> None:
    parts = [random.Random(seed).randbytes(30_000) for seed in range(20)]  # which no coding makes smaller
    raw = b"".join(map(zipped, parts))
    assert content_coding.decode(raw, b"gzip", 600_000) == b"".join(parts)
    with pytest.raises(Malformed, match="it is incomplete"):
        content_coding.decode(raw[:-1], b"gzip", 600_000)


# -- bounds -----------------------------------------------------------------------------------------


HALF = b"[" + b"0," * (jsonbody.MAX_VALUES // 2) + b"0]"


@pytest.mark.parametrize("kind", [b"application/x-ndjson", b"application/json-seq", JSON, b"text/plain", b""])
def test_lines_hold_no_more_values_together_than_one_document(kind: bytes) -> None:
    one = value(b"application/x-ndjson", HALF)
    assert isinstance(one, list) and len(one[0]) == jsonbody.MAX_VALUES // 2 + 1
    try:
        read = value(kind, HALF + b"\n" + HALF)
    except Malformed as error:
        assert "more than 200,000 values" in error.message
    else:
        assert isinstance(read, str), "a text stays one"


def test_what_is_packed_in_a_batch_counts_too() -> None:
    event = {"specversion": "1.0", "source": "/s", "type": "t", "data_base64": b64encode(HALF).decode()}
    batch = orjson.dumps([{**event, "id": str(number)} for number in range(2)])
    assert len(
        cloudevents.of_batch(b"application/cloudevents-batch+json", batch[:-1].rpartition(b",{")[0] + b"]")
    )
    with pytest.raises(Malformed, match="The batch has more than 200,000 values"):
        cloudevents.of_batch(b"application/cloudevents-batch+json", batch)


# -- whatever comes ---------------------------------------------------------------------------------


@given(
    st.sampled_from([
        JSON, FORM, b"", b"text/plain", b"application/xml", b"multipart/form-data; boundary=b",
        b"application/x-ndjson", b"application/json; charset=utf-16", b"text/plain; charset=big5",
    ]),
    st.binary(max_size=200) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
)  # fmt: skip
def test_any_bytes_are_read_or_refused(kind: bytes, raw: bytes) -> None:
    try:
        bodies.read(kind, raw)
    except (Malformed, WrongMediaType) as error:
        assert error.message


def test_every_charset_that_is_known_decodes() -> None:
    for name in charsets._NAMES:
        assert isinstance(charsets.decode(b"", name), str)
