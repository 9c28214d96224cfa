"""The outside world behind small functions and protocols: files of other software, mail, storage, PDF. No
noun of the trade lives here; each module refuses what it cannot read with a typed error. Upstream: kernel."""
