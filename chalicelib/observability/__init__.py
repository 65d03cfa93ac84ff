"""What operators see: facts that every log line carries, secrets that none does, and ten metrics.

Modules log by `logging.getLogger("papertape.…")` and never configure anything. The composition root does: in
the cloud as JSON lines, locally as text.
"""
