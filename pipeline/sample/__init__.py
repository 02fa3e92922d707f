"""An invented world that looks like the agencies' files, with an answer known beforehand.

Everything here is made up and says so: case numbers from 9,900,000 (legacy) and 99,000,000 (modern), trials
from NCT99000001, senders called INVENTED. Tests and the demonstration use it; no published number may come from it.
"""
