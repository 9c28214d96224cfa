"""How a file is called after the number of its invoice."""


def stem_of(name: str) -> str:
    """The number that a file is called by, in small letters: what no file name may hold stands as a dash."""
    lower = name.casefold().removesuffix(".pdf")
    return lower.replace("/", "-").replace("_", "-")
