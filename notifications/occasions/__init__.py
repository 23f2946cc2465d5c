"""What there may be to tell a member: each file knows one family of occasions. Pure."""
