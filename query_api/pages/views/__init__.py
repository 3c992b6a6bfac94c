"""What each page shows, computed as plain records before a template renders them."""
