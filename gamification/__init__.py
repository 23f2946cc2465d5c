"""The domain: members, points, goals and rewards, as pure rules, tables and actions."""
