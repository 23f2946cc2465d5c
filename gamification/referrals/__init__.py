"""Who brought whom, and which members use one device."""
