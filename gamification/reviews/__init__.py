"""What members said of products, as everybody may read it."""
