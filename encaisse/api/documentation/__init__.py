"""The pages of the API at `/api/docs`, made of its contract, and the contract itself."""
