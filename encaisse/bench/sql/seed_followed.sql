-- Each customer of the bench has a name of several words, and a rep who follows it: each of the first `reps` has some.
-- Params: reps
UPDATE party_customer c
   SET rep_id = r.id,
       name = (ARRAY['Ateliers','Maison','Garage','Librairie','Transports','Cabinet','Boulangerie','Clinique'])[1 + mod(c.id, 8)]
              || ' ' || substr(md5(c.id::text), 1, 6) || ' '
              || (ARRAY['du Pont','et Fils','de l’Ouest','Martin','des Quais','Réunis'])[1 + mod(c.id / 8, 6)],
       since_date = date '2015-01-01' + mod(c.id, 3000)::integer
  FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM party_rep) r
 WHERE r.place = mod(c.id, %(reps)s)
