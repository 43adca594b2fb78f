from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conftest import missing
from shelflife.errors import ConfigurationError, ServerError
from shelflife.stores import open_store
from shelflife.stores.commands import Get, GetMany, Set, SetMany
from shelflife.testing import NoServer, PrivateServer
from shelflife.testing.servers import free_port


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A throw-away authority, and a certificate of its own for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command")
    folder = tmp_path_factory.mktemp("tls")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(
        folder,
        *("req", "-x509", *new_key, "-days", "2", "-subj", "/CN=throw-away authority"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        *("-keyout", "ca.key", "-out", "ca.crt"),
    )
    _openssl(folder, "req", *new_key, "-subj", "/CN=server", "-keyout", "key", "-out", "csr")
    (folder / "names").write_text(
        "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\nkeyUsage=digitalSignature\n"
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", "csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-days", "2", "-extfile", "names", "-out", "crt"),
    )
    return folder


@pytest.fixture(scope="module")
def tls_port(certificates: Path, server_program: str) -> Iterator[int]:
    """The TLS port of a server that takes its clients' certificates as well."""
    port = free_port()
    secured = PrivateServer(
        *("--tls-port", str(port), "--tls-ca-cert-file", str(certificates / "ca.crt")),
        *(
            "--tls-cert-file",
            str(certificates / "crt"),
            "--tls-key-file",
            str(certificates / "key"),
        ),
        *("--tls-auth-clients", "optional"),
        program=server_program,
    )
    try:
        secured.start()
    except NoServer:
        missing("tls", "this server program was built without TLS")
    try:
        yield port
    finally:
        secured.stop()


def _url(port: int, folder: Path, host: str = "127.0.0.1") -> str:
    return f"rediss://{host}:{port}/2?ssl_ca_certs={folder / 'ca.crt'}"


def test_entries_travel_encrypted(tls_port: int, certificates: Path) -> None:
    """Small and large, over one connection that stays good."""
    with closing(open_store(_url(tls_port, certificates))) as store:
        big = bytes(range(256)) * 8192
        assert store.run(SetMany(((b"big", big), (b"small", b"1")), None)) == [True, True]
        for _ in range(3):
            assert store.run(GetMany((b"small", b"big", b"none"))) == [b"1", big, None]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_name_in_the_certificate_must_be_the_one_asked_for(
    tls_port: int, certificates: Path, host: str
) -> None:
    """Unless the URL says not to check it."""
    url = _url(tls_port, certificates, host)
    with closing(open_store(url)) as store:
        if host == "127.0.0.1":
            assert store.run(Get(b"none")) is None
        else:
            with pytest.raises(ServerError, match=r"refused: .*certificate: .*mismatch"):
                store.run(Get(b"none"))
    with closing(open_store(url + "&ssl_check_hostname=false")) as store:
        assert store.run(Get(b"none")) is None


def test_an_unknown_authority_is_refused(tls_port: int) -> None:
    """Unless the URL says that it does not matter."""
    url = f"rediss://127.0.0.1:{tls_port}/0"
    store = open_store(url)
    with closing(store), pytest.raises(ServerError, match=r"refused: .*certificate"):
        store.run(Get(b"none"))
    with closing(open_store(url + "?ssl_cert_reqs=none")) as store:
        assert store.run(Get(b"none")) is None


def test_a_client_may_show_a_certificate_of_its_own(tls_port: int, certificates: Path) -> None:
    """And a key that is protected by a password is never asked for at the terminal."""
    own = f"&ssl_certfile={certificates / 'crt'}&ssl_keyfile={certificates / 'key'}"
    with closing(open_store(_url(tls_port, certificates) + own)) as store:
        assert store.run(Set(b"k", b"v", 1000)) is True
    _openssl(
        certificates, *("ec", "-aes256", "-passout", "pass:s3cret", "-in", "key", "-out", "locked")
    )
    own = f"&ssl_certfile={certificates / 'crt'}&ssl_keyfile={certificates / 'locked'}"
    with pytest.raises(ConfigurationError, match="TLS files cannot be used"):
        open_store(_url(tls_port, certificates) + own)
    with closing(open_store(_url(tls_port, certificates) + own + "&ssl_password=s3cret")) as store:
        assert store.run(Get(b"k")) == b"v"


def test_a_server_without_tls_is_refused_in_time(server: PrivateServer, certificates: Path) -> None:
    """Whatever it answers to a handshake."""
    url = _url(server.port, certificates)
    store = open_store(url, connect_timeout=0.3)
    with closing(store), pytest.raises(ServerError, match=r"^(refused|timeout|closed): "):
        store.run(Get(b"none"))
