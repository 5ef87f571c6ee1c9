"""What several test folders share: a real PostgreSQL server and databases on it."""
