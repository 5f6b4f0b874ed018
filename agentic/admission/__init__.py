"""What a permission pattern lets through under policy: for whoever writes such patterns, or reads them."""
