"""Checks who sent a request, with the connection and the certificate that a trigger's `verify` needs."""

import logging
from typing import Any

from engine.base.errors import Conflict, NotFound, NotSignedIn
from engine.base.settings import Settings
from engine.runs.plan import Plan, PlannedTrigger
from engine.signatures import SignatureError, certificate_url
from pieces import AuthError

from .admission import Arrival
from .request import Request
from .services import IntakeServices
from .verification import public_url, verified

log = logging.getLogger("switchyard.intake")


_SECRETS = ("secret", "previous_secret", "password", "value")  # fields that a sender may send as they are


def config_of(trigger: PlannedTrigger) -> dict[str, Any]:
    """How a trigger verifies who sends. Raises `Conflict` where that is not an object."""
    config = trigger.input.get("verify") or {"scheme": "none"}
    if not isinstance(config, dict):
        raise Conflict("This flow's trigger does not say how to verify a request; nothing was stored.")
    return config


def hidden_in(secret: dict[str, str]) -> frozenset[str]:
    """The texts of a connection that must not be stored with an event."""
    return frozenset(secret[name] for name in _SECRETS if name in secret)


class SenderCheck:
    """The check of one instance."""

    def __init__(self, services: IntakeServices, settings: Settings) -> None:
        self._services = services
        self._settings = settings

    async def secret(self, plan: Plan, trigger: PlannedTrigger, config: dict[str, Any]) -> dict[str, str]:
        """The fields of the connection that verifies; none when it cannot be used, and `verify` refuses."""
        name = config.get("connection")
        if not name:
            return {}
        try:
            return await self._services.secret(plan.project_id, name, trigger.piece)
        except NotFound:
            return {}
        except AuthError as error:
            log.error("trigger %s of flow %s cannot verify: %s", trigger.name, plan.flow_id, error)
            return {}

    def verify(
        self,
        request: Request,
        content: bytes,
        config: dict[str, Any],
        secret: dict[str, str],
        arrival: Arrival,
    ) -> None:
        """A signature covers the bytes as they were received; some senders sign before they compress. Raises
        `NotSignedIn`."""
        try:
            verified(request, content, config, secret, now=arrival.now(), url=self._url(request))
        except SignatureError as error:
            scheme = config.get("scheme")
            raise NotSignedIn(f"The request could not be verified ({scheme}): {error}") from error

    async def with_certificate(
        self,
        request: Request,
        content: bytes,
        config: dict[str, Any],
        secret: dict[str, str],
        arrival: Arrival,
    ) -> dict[str, Any]:
        """The settings, with the certificate that a request names where its scheme needs one."""
        scheme = str(config.get("scheme"))
        try:
            url = certificate_url(scheme, secret, request.headers, content, now=arrival.now())
        except SignatureError as error:
            raise NotSignedIn(f"The request could not be verified ({scheme}): {error}") from error
        return config if url is None else {**config, "certificate": await self._services.certificate(url)}

    def _url(self, request: Request) -> str:
        return public_url(request, self._settings.base_url)
