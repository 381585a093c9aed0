"""How this site reaches others: made once, by whoever starts it. Nothing under web/ may import this."""

from __future__ import annotations

import ssl

from activitypub.client.aiohttp_transport import AiohttpTransport
from fedcop import __version__
from fedcop.core.settings import Settings, SettingsError
from fedcop.core.transactions import refuse_in_transaction


def make_transport(settings: Settings) -> AiohttpTransport:
    """The transport of a real instance: public addresses over https only, unless in development; never in a transaction."""
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except ssl.SSLError:
            raise SettingsError(f"ca_file (SSL_CERT_FILE): {settings.ca_file} holds no certificate.") from None
        except OSError as error:
            words = error.strerror or error
            raise SettingsError(f"ca_file (SSL_CERT_FILE): {settings.ca_file} cannot be read: {words}.") from None
    return AiohttpTransport(
        user_agent=f"fedcop/{__version__} (+{settings.origin}/)",
        allow_local=settings.development,
        allow_http=settings.development,
        ssl_context=context,
        before=refuse_in_transaction,
    )
