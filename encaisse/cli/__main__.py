"""`python -m encaisse.cli`, for processes that start others of ours."""

from encaisse.cli.main import main

if __name__ == "__main__":
    main()
