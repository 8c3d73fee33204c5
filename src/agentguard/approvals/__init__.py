"""A human's yes to exactly one change: what is signed, how, and when it counts.

`digest` names the change, `statement` says what is approved in fixed bytes, `sign` signs them with
the key of the approver, `sshsig` reads and checks the signature, and `verify` decides whether it
counts under a policy.
"""
