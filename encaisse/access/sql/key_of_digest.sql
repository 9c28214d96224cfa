-- The key of this digest, unless it has ended or its maker may no longer come in; what its maker may see and do now,
-- and every sandbox with what it stands for.
-- Params: digest (null: any), api_key_id (null: any), now, stale
SELECT k.id, k.name, k.mode, k.level, k.rep_id, k.legal_entity_ids, k.permissions, k.customer_id,
       r.level, u.rep_id,
       (SELECT array_agg(e.legalentity_id) FROM access_role_legal_entities e WHERE e.role_id = r.id),
       r.permissions,
       (SELECT array_agg(ARRAY[s.id, s.sandbox_of_id]) FROM party_legalentity s WHERE s.sandbox_of_id IS NOT NULL),
       k.last_used_at IS NULL OR k.last_used_at < %(stale)s::timestamptz
  FROM access_apikey k
  LEFT JOIN access_user u ON u.id = k.maker_id
  LEFT JOIN access_role r ON r.id = u.role_id
 WHERE (%(digest)s::text IS NULL OR k.digest = %(digest)s)
   AND (%(api_key_id)s::bigint IS NULL OR k.id = %(api_key_id)s)
   AND k.revoked_at IS NULL
   AND (k.expires_at IS NULL OR k.expires_at > %(now)s::timestamptz)
   AND (k.maker_id IS NULL OR u.is_active)
