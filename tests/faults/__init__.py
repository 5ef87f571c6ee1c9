"""Fault tests: real servers and real databases are killed, cut and filled under load; then every answer is checked."""
