-- Forgetting by age finds its rows by home and day, those of places that are gone among them.
CREATE INDEX circle_figures_by_day ON circle_figures (home, day);
