"""Deposits as people see them: `deposits` shows what is held and every movement, `templates` what may be asked for."""
