"""Web addresses in a flow: those that can never be requested are found before a run."""

import pytest

from pieces._addresses import address_problem


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "HTTP://example.com:8080/a?b#c",
        "http://localhost:8000",
        "http://my_service/x",
        "http://10.0.0.1/",
        "http://[::1]:8000/",
        "https://bücher.example/",
        "https://example.com./",
        "{{ trigger.body.url }}",
        "https://{{ trigger.body.host }}/x",
        "https://api.{{ trigger.body.region }}.example.com/x",
        "http{{ trigger.body.s }}://example.com",
        "https://example.com/{{ trigger.body.id }}",
        " https://example.com/x ",
    ],
)
def test_an_address_that_may_exist_is_no_problem(url: str) -> None:
    assert address_problem(url) == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("example.com/x", "must begin with"),
        ("example.com/{{ trigger.body.id }}", "must begin with"),
        ("ftp://example.com", "must begin with"),
        ("https:/example.com", "must begin with"),
        ("https://", "no host"),
        ("https:///x", "no host"),
        ("https://?a=b", "no host"),
        ("https://exa mple.com/", "no host"),
        ("https://example..com/", "no host"),
        ("https://-example.com/{{ trigger.body.id }}", "no host"),
        ("http://256.1.1.1/", "no host"),
        ("http://1.2.3/", "no host"),
        ("https://example.com:99999/", "host or port"),
        ("https://example.com:port/", "host or port"),
        ("https://example.com:0/", "port 0"),
        ("http://[::1/", "host or port"),
    ],
)
def test_an_address_that_cannot_be_says_why(url: str, said: str) -> None:
    assert said in address_problem(url)
