-- Tasks begun by workers that have been silent too long, or are gone, may be begun again by any.
-- Params: silence_s
WITH stalled AS MATERIALIZED (
    SELECT j.id
      FROM procrastinate_jobs j
      LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
     WHERE j.status = 'doing'
       AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(silence_s)s))
     ORDER BY j.id
       FOR UPDATE OF j SKIP LOCKED
)
SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM stalled
