"""When things happen: schedules by the wall clock, and the table of all jobs."""
