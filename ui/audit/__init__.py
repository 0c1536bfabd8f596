"""Pages of the audit log, in a project and on the platform."""
