-- Every document is of an issued invoice and its file is in the archive.
-- That of an invoice made elsewhere stays there when the import that brought it is undone.
SELECT d.id AS document, d.invoice_id AS invoice, d.file_id AS file
  FROM document_document d
  LEFT JOIN archive_file f ON f.id = d.file_id
  LEFT JOIN invoice_invoice i ON i.id = d.invoice_id
 WHERE f.id IS NULL OR i.state IS NULL OR i.state NOT IN ('issued', 'withdrawn')
