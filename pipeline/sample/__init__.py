"""The sample world: invented data in the layout of the agencies' files, with its expected results.

All of it is synthetic and marked as such: case numbers from 9,900,000 (legacy) and 99,000,000 (modern), trials from
NCT99000001, senders called INVENTED. Tests and the demonstration use it; no published number may come from it.
"""
