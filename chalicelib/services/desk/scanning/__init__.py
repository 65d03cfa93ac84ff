"""One scan: every due strategy judged, and what was decided taken through the one door."""
