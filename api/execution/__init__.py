"""Executes operations that were compiled once, with the answers that graphql-core gives.

An operation is turned into a plan: for each object type, which attributes are read and how their
values are written. What a plan cannot promise to answer alike raises `Unplanned` while it is
compiled, and graphql-core executes the operation.
"""
