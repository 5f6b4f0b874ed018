"""Model Context Protocol: the gateway in front of servers, agentic as a server, the doctor."""
