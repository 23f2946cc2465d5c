"""The ledger's promises, each as a check that names the rows which break it."""
