-- Who has been asked for a day's plan, found by provider alone.

CREATE INDEX plan_runs_by_provider ON plan_runs (provider, day);
