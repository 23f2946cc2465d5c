"""The contract: the GraphQL types that apps, tills and the shop's systems call."""
