"""Signs of tampering and evasion, a module for each place where they show. Watchers look and tell; none acts."""
