"""The gRPC services: what turns a call into a command or a query, and an error into a status."""
