-- An answer is kept in the transaction of the write that it answers; what older programs kept without an answer or in clear
-- is let go.

DELETE FROM replays;
