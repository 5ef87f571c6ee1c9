"""The job queue as a whole: killed workers, and backlogs that drain. `make job-queue` runs it at full length."""
