"""Who somebody is and what they may do: users, sessions, API keys, projects and their members.

    passwords  argon2id, and which passwords are refused
    rate_limiter how often one may guess
    sessions   signed-in browsers
    keys       API keys
    browsers   what a session runs in
    profiles   name, time zone and appearance of a user
    preferences how a user likes the editor
    projects   projects and members
    links      one-time links
    users      users, as a platform admin sees them
    invitations people invited to a project
    link_mail  mails that carry a one-time link
    devices    browsers that were signed in before
    totp       codes of authenticator apps
    second_factor two-step sign-in: the app and the recovery codes
    second_step what is between the two steps
    accounts   signing in, passwords, the first admin

`Access` holds them: `access.accounts`, `.profiles`, `.users`, `.sessions`, `.keys`, `.projects`. These
modules hold the SQL of their own tables; each by-id question also names the project or the user it must
belong to.
"""

from .accounts import Accounts
from .invitations import InvitationInfo, Invitations
from .keys import KeyInfo, Keys
from .link_mail import LinkMail
from .links import LinkInfo
from .passwords import Passwords
from .profiles import Profile, Profiles
from .projects import MemberInfo, ProjectInfo, Projects
from .second_factor import SecondFactor
from .second_step import CodeNeeded
from .service import Access
from .sessions import COOKIE, SessionInfo, Sessions
from .users import UserInfo, Users

__all__ = [
    "COOKIE",
    "Access",
    "Accounts",
    "CodeNeeded",
    "InvitationInfo",
    "Invitations",
    "KeyInfo",
    "Keys",
    "LinkInfo",
    "LinkMail",
    "MemberInfo",
    "Passwords",
    "Profile",
    "Profiles",
    "ProjectInfo",
    "Projects",
    "SecondFactor",
    "SessionInfo",
    "Sessions",
    "UserInfo",
    "Users",
]
