"""Every read of access: who a person or a program is, and what they may see."""
