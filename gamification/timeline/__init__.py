"""Past-tense lines about a member."""
