-- When the phone of the one who is asked received an offer: from then on an answer is due. And what a caregiver's phone
-- reads: what is open, of any day.

ALTER TABLE orders ADD COLUMN seen_at timestamptz;

CREATE INDEX orders_by_worker_open ON orders (worker, status) WHERE due_at IS NOT NULL;

CREATE INDEX orders_by_second_open ON orders (second, status) WHERE second IS NOT NULL AND due_at IS NOT NULL;
