import pytest
from starlette.requests import Request

from engine.base.errors import BadInput, Malformed, TooLarge
from ui.shared import forms

PLAIN = "application/x-www-form-urlencoded"


def request(body: bytes, kind: str = PLAIN) -> Request:
    parts = [body]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": parts.pop(0) if parts else b"", "more_body": bool(parts)}

    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)  # type: ignore[arg-type]


async def test_fields_are_read_as_they_were_typed() -> None:
    form = await forms.read(request(b"a=+x%0D%0Ay&b=1&b=2&n=7"), 1000)
    assert (form.text("a"), form.word("a"), form.all("b"), form.number("n")) == (
        " x\ny",
        "x\ny",
        ["1", "2"],
        7,
    )
    assert (form.text("none", "?"), form.all("none")) == ("?", [])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=%ff", PLAIN),
        (b"\xff=1", PLAIN),
        (b"&".join(b"a=1" for _ in range(1200)), PLAIN),
        (b"no boundary here", "multipart/form-data"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=y"),
    ],
)
async def test_what_cannot_be_read_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(Malformed):
        await forms.read(request(body, kind), 100_000)


async def test_a_form_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLarge):
        await forms.read(request(b"a=" + b"x" * 200_000), 1000)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "１", "9" * 30, "x"])
async def test_a_number_is_digits(text: str) -> None:
    form = await forms.read(request(f"n={text}".encode()), 1000)
    with pytest.raises(BadInput) as caught:
        form.number("n")
    assert caught.value.field == "n"


@pytest.mark.parametrize("text", ["", "{", "[" * 500 + "]" * 500, "NaN", "\ud800"])
def test_json_that_is_none_names_its_field(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        forms.as_json(text, "event")
    assert (caught.value.field, caught.value.status) == ("event", 422)


async def test_an_uploaded_file_is_read_as_text() -> None:
    head = b'Content-Disposition: form-data; name="file"; filename="a.json"'
    body = b"--x\r\n" + head + b"\r\n\r\n\xef\xbb\xbf{}\r\n--x--\r\n"
    form = await forms.read(request(body, "multipart/form-data; boundary=x"), 1000)
    assert form.file("file") == "{}"
    bad = body.replace(b"{}", b"\xff\xff")
    form = await forms.read(request(bad, "multipart/form-data; boundary=x"), 1000)
    with pytest.raises(BadInput):
        form.file("file")
