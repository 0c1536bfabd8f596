"""What every HTTP route shares: the guard, the same-origin check against CSRF, errors, security headers; and
what machines ask of a server: liveness, readiness, metrics."""
