"""What leaves the snapshot: files for colleagues and for publication, each with its origin and its caveats.

Nothing that builds a snapshot imports this package, so an edit here changes no build identity.
"""
