"""Everything that follows from activities and entries, worked out anew beside what is stored."""
