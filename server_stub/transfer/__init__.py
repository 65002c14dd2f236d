"""A case goes to another agency's server with its history (FIELD R21): invited, given, accepted, followed, or undone.

The receiving server invites: who it is, and the public keys of the officers who shall have the case. An officer of the
case seals its keys to them, and the issuer signs a hand-over for each device. From then on the giving server takes
nothing from these devices; what they make waits on them, sealed. The parcel (rows, envelopes, checkpoints) is accepted
on the other side. A device moves when the receiving server knows it and has an authority for it; until the first one
has moved, all of it can be undone.
"""
