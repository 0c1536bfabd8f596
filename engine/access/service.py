"""`Access`: users, sessions, keys and projects of one instance, held together."""

from sqlmodel import select

from engine.base.actor import Actor
from engine.base.errors import BadInput
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.mail import Mailer
from engine.store.database import Database
from engine.store.emit import Emit, emit_nothing
from engine.store.models import Project
from engine.store.tx import Tx

from .accounts import Accounts
from .devices import Devices
from .invitations import Invitations
from .keys import Keys
from .link_mail import LinkMail
from .links import link_url
from .passwords import Passwords
from .preferences import Preferences
from .profiles import Profiles
from .projects import Projects
from .second_factor import SecondFactor
from .second_step import SecondSteps
from .sessions import Sessions
from .users import Users

DEFAULT_PROJECT = "Default"


class Access:
    """Who somebody is and what they may do. `start` it once before use and `close` it after."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        emit: Emit = emit_nothing,
        *,
        passwords: Passwords | None = None,
        vault: Vault | None = None,
    ) -> None:
        """Without a `vault` it is the one that the settings name."""
        vault = vault or Vault.from_settings(settings)
        self._db = db
        self._settings = settings
        self._passwords = passwords or Passwords()
        self.sessions = Sessions(db, emit)
        self.keys = Keys(db, emit)
        self.projects = Projects(db, emit)
        self.users = Users(db, self.sessions, self._passwords, emit)
        self.profiles = Profiles(db, emit)
        self.preferences = Preferences(db)
        self.second_factor = SecondFactor(db, vault, emit)
        self.accounts = Accounts(
            db,
            self.sessions,
            self._passwords,
            self.second_factor,
            SecondSteps(vault),
            Devices(vault),
            emit,
        )
        self.invitations = Invitations(db, self.accounts, self._passwords, emit)
        self.mailer = Mailer(settings)
        self.link_mail = LinkMail(db, settings, self.mailer, emit)

    async def start(self) -> None:
        """Make the first project, and the first platform admin if the settings name one.

        Raises `BadInput` that names the setting.
        """
        await self._db.write(self._make_default_project)
        await self.sessions.forget_expired()
        settings = self._settings
        if settings.admin_password and not settings.admin_email:
            raise BadInput("a password needs an e-mail", field="SWITCHYARD_ADMIN_EMAIL")
        if settings.admin_email and settings.admin_password:
            try:
                await self.accounts.make_first_admin(settings.admin_email, settings.admin_password)
            except BadInput as error:
                raise BadInput(error.message, field=f"SWITCHYARD_ADMIN_{str(error.field).upper()}") from None

    def close(self) -> None:
        self._passwords.close()

    async def setup_url(self) -> str | None:
        """A fresh one-time address under which the first admin is made; None once there is a user.

        Each call makes the address before it void: the server calls it once, at its start.
        """
        token = await self.accounts.first_link()
        return self.link_url(token) if token else None

    def link_url(self, token: str) -> str:
        """The address of a one-time link."""
        return link_url(self._settings.base_url, token)

    def _make_default_project(self, tx: Tx) -> None:
        if tx.session.exec(select(Project.id).limit(1)).first() is None:
            self.projects.add(tx, Actor.system(), DEFAULT_PROJECT)
