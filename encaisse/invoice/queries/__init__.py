"""Reads of invoices for people: `lists` finds many, `detail` opens one."""
