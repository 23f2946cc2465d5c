"""The edge: process, HTTP, identity, configuration and command line."""
