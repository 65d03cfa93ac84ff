"""What every emulated vendor is served by: HTTP, faults, rate limits, what it keeps."""
