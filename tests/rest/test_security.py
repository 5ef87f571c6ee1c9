"""The door: what a web page of another site could have caused is turned away while no credentials are required."""

import httpx2
import pytest

from bpmgrpc_rest import ErrorStyle, RestSettings
from tests.rest.conftest import ClientFactory
from tests.rest.scripted_runtime import BASE, ScriptedRuntime

CLAIM = f"{BASE}/tasks/t1/claim?user=ann"
CONSOLE = "https://console.example.org"


@pytest.mark.parametrize(
    "headers",
    (
        {},
        {"host": "localhost"},
        {"host": "LOCALHOST:9999"},
        {"host": "127.0.0.1:8080"},
        {"host": "[::1]:8080"},
        {"host": "[::1]"},
        {"host": ""},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://localhost:8080", "sec-fetch-site": "same-origin"},
    ),
)
async def test_request_of_a_program_or_of_our_own_page_is_let_in(
    headers: dict[str, str], http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """Programs, the address bar and the page of the server itself may call."""
    answer = await http.post(CLAIM, headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    (
        {"host": "evil.example:8080"},
        {"host": "localhost.evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "0.0.0.0:8080"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"origin": "https://console.example.org.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    ),
)
async def test_request_that_another_site_could_have_caused_is_403(
    headers: dict[str, str], http_with: ClientFactory, runtime: ScriptedRuntime
) -> None:
    """An unexpected Host, a foreign Origin or a cross-site fetch is 403 on every surface, before anything is done."""
    http = http_with(cors_origins=(CONSOLE,), legacy_errors=ErrorStyle.INBAND)

    legacy = await http.post(CLAIM, headers=headers)
    v1 = await http.get("/v1/userTasks", headers=headers)
    document = await http.get("/openapi.json", headers=headers)

    assert (legacy.status_code, legacy.json()["code"], legacy.json()["data"]) == (403, 7, "")
    assert (v1.status_code, v1.json()["code"]) == (403, 7)
    assert document.status_code == 403
    assert runtime.methods == []


async def test_link_to_the_page_works_from_other_sites(http: httpx2.AsyncClient) -> None:
    """A link on another site may open the page, not a frame of it."""
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    frame = {**link, "sec-fetch-dest": "iframe"}

    opened = await http.get("/docs", headers=link)
    framed = await http.get("/docs", headers=frame)

    assert (opened.status_code, framed.status_code) == (200, 403)


async def test_listed_origin_may_call_and_read(http_with: ClientFactory, runtime: ScriptedRuntime) -> None:
    """A page of a listed origin may call, and its browser is told that it may read the answer."""
    http = http_with(cors_origins=(CONSOLE,))

    answer = await http.post(CLAIM, headers={"origin": CONSOLE, "sec-fetch-site": "cross-site"})
    program = await http.post(CLAIM)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == CONSOLE
    assert answer.headers["access-control-expose-headers"] == "Deprecation, Link, Retry-After, X-Request-Id"
    assert answer.headers["vary"] == program.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in program.headers


async def test_preflight_of_a_listed_origin_allows_our_headers(http_with: ClientFactory) -> None:
    """The question before the call is answered with the four headers that callers send."""
    http = http_with(cors_origins=(CONSOLE,))
    question = {"origin": CONSOLE, "access-control-request-method": "POST"}

    answer = await http.options(CLAIM, headers=question)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == CONSOLE
    assert answer.headers["access-control-allow-headers"] == "Authorization, clientId, Content-Type, Idempotency-Key"
    assert "POST" in answer.headers["access-control-allow-methods"]


async def test_preflight_of_another_origin_allows_nothing(http_with: ClientFactory) -> None:
    """Another origin is turned away, or, where credentials are required, answered without leave to call."""
    question = {"origin": "https://evil.example", "access-control-request-method": "POST"}

    turned_away = await http_with(cors_origins=(CONSOLE,)).options(CLAIM, headers=question)
    without_leave = await http_with(cors_origins=(CONSOLE,), credentials_required=True).options(CLAIM, headers=question)

    assert turned_away.status_code == 403
    assert without_leave.status_code == 204
    assert "access-control-allow-origin" not in without_leave.headers


async def test_required_credentials_replace_the_check(http_with: ClientFactory, runtime: ScriptedRuntime) -> None:
    """Where the runtime asks for credentials a page without them gets nothing, whatever its Host and Origin."""
    http = http_with(credentials_required=True)

    answer = await http.post(CLAIM, headers={"host": "bpm.example.org", "origin": "https://evil.example"})

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_allowed_hosts_are_expected(http_with: ClientFactory, runtime: ScriptedRuntime) -> None:
    """A named host is expected besides the loopback names; a star expects any."""
    named = http_with(allowed_hosts=("BPM.example.org",))
    starred = http_with(allowed_hosts=("*",))

    assert (await named.post(CLAIM, headers={"host": "bpm.example.org:80"})).status_code == 200
    assert (await named.post(CLAIM, headers={"host": "other.example.org"})).status_code == 403
    assert (await starred.post(CLAIM, headers={"host": "other.example.org"})).status_code == 200
    assert (await starred.post(CLAIM, headers={"origin": "https://evil.example"})).status_code == 403


async def test_probes_need_no_expected_host(http: httpx2.AsyncClient) -> None:
    """A probe names the machine by any address."""
    answer = await http.get("/livez", headers={"host": "10.1.2.3:8080"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("settings", "message"),
    (
        ({"legacy_base": "old"}, "legacy_base must be a path such as /BPMREST/service/runtime, not 'old'"),
        ({"legacy_base": "/"}, "legacy_base must be a path such as /BPMREST/service/runtime, not '/'"),
        ({"legacy_base": "/a b"}, "legacy_base must be a plain path, without escapes or blanks, not '/a b'"),
        ({"legacy_base": "/a//b"}, "legacy_base must be a plain path, without escapes or blanks, not '/a//b'"),
        ({"max_body_bytes": 0}, "max_body_bytes must be above zero, not 0"),
        ({"max_drained_bytes": -1}, "max_drained_bytes must not be negative, but is -1"),
        ({"cors_origins": ("*",)}, "cors_origins must be like https://console.example.org, not '*'"),
        (
            {"cors_origins": ("https://a/b",)},
            "cors_origins must be like https://console.example.org, not 'https://a/b'",
        ),
        ({"trusted_proxies": ("proxy",)}, "'proxy' does not appear to be an IPv4 or IPv6 network"),
    ),
)
def test_wrong_setting_is_refused_at_the_start(settings: dict[str, object], message: str) -> None:
    """A wrong setting is refused when the settings are made, by its name."""
    with pytest.raises(ValueError) as error:
        RestSettings(**settings)  # type: ignore[arg-type]

    assert str(error.value) == message
