"""The TLS options of a URL. Certificates and host names are checked unless the URL says not to."""

from __future__ import annotations

import ssl
from typing import Optional, TypeVar

from shelflife.errors import ConfigurationError

_T = TypeVar("_T")

NAMES = (
    "ssl_ca_certs",
    "ssl_ca_data",
    "ssl_ca_path",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
    "ssl_password",
)
_VERIFY = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def make_context(options: dict[str, str]) -> ssl.SSLContext:
    """Give the context for a URL's `ssl_` parameters, named as redis-py names them.

    Raises:
        ConfigurationError: If one of them cannot work.
    """
    verify = _one_of("ssl_cert_reqs", options, _VERIFY, ssl.CERT_REQUIRED)
    check_name = _one_of("ssl_check_hostname", options, _BOOLEANS, verify is ssl.CERT_REQUIRED)
    if check_name and verify is ssl.CERT_NONE:
        raise ConfigurationError("ssl_check_hostname needs certificates: drop ssl_cert_reqs=none")
    try:
        context = ssl.create_default_context(
            cafile=options.get("ssl_ca_certs"),
            capath=options.get("ssl_ca_path"),
            cadata=options.get("ssl_ca_data"),
        )
        _load_own_certificate(context, options)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the URL's TLS files cannot be used: {_why(error)}") from None
    context.check_hostname = check_name
    context.verify_mode = verify
    return context


def _load_own_certificate(context: ssl.SSLContext, options: dict[str, str]) -> None:
    certificate: Optional[str] = options.get("ssl_certfile")
    if certificate is not None:
        # A password is always given: without one OpenSSL would ask at the terminal.
        password = options.get("ssl_password", "")
        context.load_cert_chain(certificate, options.get("ssl_keyfile"), password)
    elif "ssl_keyfile" in options:
        raise ValueError("ssl_keyfile needs ssl_certfile")


def _one_of(name: str, options: dict[str, str], known: dict[str, _T], default: _T) -> _T:
    value = options.get(name)
    if value is None:
        return default
    if value.lower() not in known:
        raise ConfigurationError(f"{name} must be one of: {', '.join(known)}")
    return known[value.lower()]


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no certificate in them").replace("_", " ").lower()
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
