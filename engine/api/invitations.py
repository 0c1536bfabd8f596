"""Invitations to the key's project."""

from pydantic import Field

from engine.access import InvitationInfo, Invitations, LinkMail, Projects
from engine.access.invitations import invitation_url
from engine.base.actor import Actor, Permission, Role
from engine.base.settings import Settings
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, ResponseBody


class Invitation(ResponseBody):
    id: str
    email: str
    role: Role
    created: shapes.Moment
    expires: shapes.Moment


class NewInvitation(Body):
    email: str = Field(max_length=320, examples=["ben@example.com"])
    role: str = Field("viewer", description="viewer, editor or admin")


class CreatedInvitation(Invitation):
    url: str = Field(description="Shown only here. Whoever opens it joins as this e-mail")
    mail: str | None = Field(description="`sent`, what went wrong, or null where no mail is set up")


@operation("GET", "/invitations", Permission.admin, answer=shapes.List[Invitation])
async def list_invitations(invitations: Invitations, actor: Actor) -> Page[InvitationInfo]:
    """List the open invitations to the project by e-mail."""
    return Page(await invitations.list(str(actor.project_id)))


@operation("POST", "/invitations", Permission.admin, answer=CreatedInvitation, status=201, errors=(409,))
async def create_invitation(
    invitations: Invitations,
    link_mail: LinkMail,
    projects: Projects,
    settings: Settings,
    actor: Actor,
    body: NewInvitation,
) -> CreatedInvitation:
    """Invite somebody to the project.

    The link is valid for 7 days and once. It is sent by e-mail where mail is set up. An earlier invitation of
    the same e-mail no longer works."""
    made, token = await invitations.create(actor, body.email, body.role)
    url = invitation_url(settings.base_url, token)
    mail = None
    if link_mail.enabled:
        project = await projects.get(str(actor.project_id))
        mail = await link_mail.invite(actor, made.email, project.name, url) or "sent"
    return CreatedInvitation(**vars(made), url=url, mail=mail)


@operation("DELETE", "/invitations/{invitation_id}", Permission.admin, answer=None, status=204)
async def delete_invitation(invitations: Invitations, actor: Actor, invitation_id: str) -> None:
    """Withdraw an invitation: its link no longer works."""
    await invitations.delete(actor, invitation_id)


OPERATIONS = (list_invitations, create_invitation, delete_invitation)
